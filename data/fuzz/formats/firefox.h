/* Example Leaf */
static const char kExample_LeafFingerprint[] =
  "2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=";

/* Example Root */
static const char kExample_RootFingerprint[] =
  "kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=";

static const char* const kPinset_example_Data[] = {
  kExample_LeafFingerprint,
  kExample_RootFingerprint,
};
static const StaticFingerprints kPinset_example = {
  sizeof(kPinset_example_Data) / sizeof(const char*),
  kPinset_example_Data
};

static const TransportSecurityPreload kPublicKeyPinningPreloadList[] = {
  { "example.com", true, false, false, -1, &kPinset_example },
  { "test.example.com", false, true, true, 7, &kPinset_example },
};

static const PRTime kPreloadPKPinsExpirationTime = INT64_C(1800034283244000);
