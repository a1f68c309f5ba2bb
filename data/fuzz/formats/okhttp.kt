// The pins of our hosts.
val pinner = CertificatePinner.Builder()
    /* .add("old.example.com", "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") */
    .add("publicobject.com", "sha256/afwiKY3RxoMmLkuRW1l7QsPZTJPwDS2pdDROQjXw8ig=")
    .add("**.example.com",
        "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=", // the leaf, sometimes ")"
        "sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=")
    .add("*.example.net", "sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=")
    .build()
val other = list.add(item)
