#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The export for OkHttp is compiled and run: Debian's 3.13.1 accepts our
# certificate and refuses another, also in the form without "**.".
. "${top_srcdir:-.}/tests/support/story.sh"

jars=/usr/share/java/okhttp.jar:/usr/share/java/okio.jar
if ! command -v javac >/dev/null || ! [ -f /usr/share/java/okhttp.jar ]; then
	echo "javac or libokhttp-java is not installed"
	exit 77
fi

for k in live spare other; do key $k; done
for k in live other; do
	cert $k $k www.example.com
	openssl x509 -inform DER -in "$dir/certs/$k.der" -out "$dir/$k.crt"
done
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1, "keys": [
  {"id": "live", "spki": "sha256/$pin_live", "state": "active"},
  {"id": "spare", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [{"pattern": "**.example.com", "keys": ["live", "spare"],
   "consumers": ["old"]}],
 "consumers": [{"id": "old", "format": "okhttp-java", "min_version": "3.13.1"}]}
END

# compile NAME: the export in $dir/out as a class that asks its pinner.
compile() {
	mkdir "$dir/$1"
	{
		cat <<'END'
import java.io.FileInputStream;
import java.security.cert.*;
import java.util.*;
import okhttp3.CertificatePinner;
class Ask {
	static CertificatePinner make() {
END
		cat "$dir/out"
		cat <<'END'
		return certificatePinner;
	}
	public static void main(String[] args) throws Exception {
		Certificate c = CertificateFactory.getInstance("X.509")
		    .generateCertificate(new FileInputStream(args[0]));
		for (int i = 1; i < args.length; i++)
			try {
				make().check(args[i], Arrays.asList(c));
				System.out.print("accepted ");
			} catch (javax.net.ssl.SSLPeerUnverifiedException e) {
				System.out.print("refused ");
			}
	}
}
END
	} >"$dir/$1/Ask.java"
	javac -nowarn -cp $jars -d "$dir/$1" "$dir/$1/Ask.java" \
	    2>"$dir/javac.err" || fail "javac: $(cat "$dir/javac.err")"
}
ask() {
	java -cp "$jars:$dir/$1" Ask "$dir/$2.crt" "${@:3}"
}
hosts="example.com www.example.com"

# Without a version "**." is written, and OkHttp 3 pins nothing by it.
ctwatch pins export --pinset "$dir/pinset.json" --format okhttp-java
exits "without a version" 0
says "without a version" "OkHttp before 4.3.0 ignores it"
compile any
is "OkHttp 3 ignores **." "$(ask any other $hosts)" "accepted accepted "
ctwatch pins export --pinset "$dir/pinset.json" --format okhttp-java --strict
exits "strictly" 64
[ -s "$dir/out" ] && fail "written in spite of --strict"

# For a consumer that says its version it pins.
ctwatch pins export --pinset "$dir/pinset.json" --consumer old
exits "for OkHttp 3" 0
compile old
is "our key" "$(ask old live $hosts)" "accepted accepted "
is "another key" "$(ask old other $hosts)" "refused refused "

# An import of what was written is the same again, and so is the check.
ctwatch pins export --pinset "$dir/pinset.json" --consumer old \
    --output "$dir/Pins.java"
ctwatch pins check --pinset "$dir/pinset.json" "$dir/Pins.java"
exits "check of our export" 0
