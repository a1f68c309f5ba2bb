- (void)start {
    NSDictionary *config = @{
        kTSKSwizzleNetworkDelegates : @NO,
        kTSKPinnedDomains : @{
            @"www.example.com" : @{
                kTSKIncludeSubdomains : @YES,
                kTSKEnforcePinning : @NO,
                kTSKPublicKeyHashes : @[ @"2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=", @"kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=" ],
            }
        }
    };
    [TrustKit initSharedInstanceWithConfiguration:config];
}
