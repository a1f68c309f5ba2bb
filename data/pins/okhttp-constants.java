class Http {
    private static final String HOSTNAME = "www.example.com";
    private static final String PIN = "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=";
    private static final String HALF = "sha256/" + "kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=";

    OkHttpClient client() {
        String pin = "sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=";
        CertificatePinner pinner = new CertificatePinner.Builder()
            .add(HOSTNAME, PIN)
            .add(HOSTNAME, pin)
            .build();
        return new OkHttpClient.Builder().certificatePinner(pinner).build();
    }
}
