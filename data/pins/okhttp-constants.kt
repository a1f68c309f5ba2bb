package com.example

object Pins {
    const val HOSTNAME = "www.example.com"
    // const val HOSTNAME = "old.example.com"
    const val LEAF: String = "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg="
    private const val ROOT =
        "sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o="
}

fun client(extra: String, items: MutableList<String>): OkHttpClient {
    items.add(0, extra)
    val pinner = CertificatePinner.Builder()
        .add(Pins.HOSTNAME, Pins.LEAF, ROOT)
        .add("*.example.net", Pins.LEAF)
        .add("lost.example.net", extra, ROOT)
        .build()
    return OkHttpClient.Builder().certificatePinner(pinner).build()
}
