#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No file has a word of words.txt in its text or path, and every header says
# its own name.
cd "${top_srcdir:-.}" || exit 1
list=tests/checks/words.txt

# search FILE ...: print each place of a word of the list; fail if there is one.
search() {
	perl - "$list" "$@" <<'END'
use strict;
use warnings;
my ($list, @files) = @ARGV;
my (%instead, %pattern, %where, %name);
my $gap = qr{(?:\s|(?<=\s)(?:/\*|\*|\#|//|\.\\")(?=\s))+};
open my $in, '<', $list or die "$list: $!\n";
while (<$in>) {
	chomp;
	next if /^#|^$/;
	my ($word, $write, $folders) = split /\t/;
	defined $write or die "$list:$.: say what to write instead\n";
	my $p = join $gap, map { quotemeta } split / /, $word;
	my $before = $p =~ s/^\\\*// ? '' : '(?<!\w)';
	my $after = $p =~ s/\\\*$// ? '' : '(?!\w)';
	$name{$word} = $word =~ m{[_/.]};
	$pattern{$word} = $name{$word} ? qr/$before$p$after/ :
	    qr/$before$p$after/i;
	$instead{$word} = $write;
	my $in = join '|', map { quotemeta } split / /, $folders // '';
	$where{$word} = $in eq '' ? qr// : qr{(?:^|/)ctwatch/(?:$in)(?:/|$)};
}
%pattern or die "$list: no words\n";
my $bad = 0;
for my $file (@files) {
	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	my $text = "$file\n" . <$in>;
	# Phrases also as parts of identifiers, but not in members of JSON.
	my $plain = $text =~ s/"\w+"/'"' x length $&/ger =~ tr/_/ /r;
	for my $word (grep { $file =~ $where{$_} } sort keys %pattern) {
		my $in = $name{$word} ? $text : $plain;
		while ($in =~ /$pattern{$word}/g) {
			my $line = substr($in, 0, $-[0]) =~ tr/\n//;
			print "$file:$line: '$word': write $instead{$word}\n";
			$bad = 1;
		}
	}
}
exit $bad;
END
}

# Test the check itself: find each word in a comment that breaks the line at
# every blank, a phrase in an identifier, and no word in a text without them.
dir=$(mktemp -d "${TMPDIR:-/tmp}/ctwatch-words.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0
n=0
samples=()
wanted=()
while IFS=$'\t' read -r word _ folders; do
	case $word in '' | '#'*) continue ;; esac
	n=$((n + 1))
	sample=$dir/ctwatch/${folders%% *}/$n
	mkdir -p "${sample%/*}"
	example=${word/#\*/my}
	printf '/* A comment.\n * %s\n */\n' "${example/%\*/rest}" |
	    sed '2s/\([^*]\) /\1\n * /g' >"$sample"
	samples+=("$sample")
	wanted+=("$sample:2: '$word': write ")
done <"$list"
search "${samples[@]}" >"$dir/found"
for text in "${wanted[@]}"; do
	grep -qF "$text" "$dir/found" || {
		echo "words.sh does not find: ${text#"$dir"}"
		bad=1
	}
done
printf 'Verify the root of the tree head. my_attender "%s_up"\n' given >"$dir/clean"
search "$dir/clean" || bad=1
printf 'is_%s_up()\n' given >"$dir/identifier"
search "$dir/identifier" >"$dir/found" && {
	echo "words.sh does not find a phrase in an identifier"
	bad=1
}
[ $n -gt 0 ] && [ $bad = 0 ] || exit 1

mapfile -t files < <(find .ci Makefile.am autogen.sh configure.ac ctwatch \
    data/README.md data/completions data/systemd debian doc include scripts \
    tests ./*.md \
    -type f ! -path "$list" ! -name '*.tsv' ! -name '*.pyc' 2>/dev/null | sort)
search "${files[@]}" || bad=1

# The comment at the top of a header begins with the name of the header.
while IFS= read -r h; do
	name=$(basename "$h" .h)
	head -n 4 "$h" | grep -qE "^(/\*| \*) $name: " || {
		echo "$h: begin the comment with '$name: '"
		bad=1
	}
done < <(find ctwatch include -name '*.h' | sort)
exit $bad
