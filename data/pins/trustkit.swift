import TrustKit

let root = "kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o="
let trustKitConfig: [String: Any] = [
    kTSKSwizzleNetworkDelegates: false,
    kTSKPinnedDomains: [
        "example.com": [
            kTSKEnforcePinning: true,
            kTSKIncludeSubdomains: true, // and all below
            kTSKExpirationDate: "2027-03-01",
            kTSKPublicKeyHashes: [
                "2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=",
                root,
            ],
            kTSKReportUris: ["https://report.example.com/"],
        ],
        "status.example.com": [
            kTSKExcludeSubdomainFromParentPolicy: true,
        ],
    ]]
TrustKit.initSharedInstance(withConfiguration: trustKitConfig)
