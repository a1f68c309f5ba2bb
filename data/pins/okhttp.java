CertificatePinner pinner = new CertificatePinner.Builder()
    .add("www.example.com", "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=")
    .add( "www.example.com" , "sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=" )
    .build();
