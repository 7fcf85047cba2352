use strict;
my ($dir) = map { /^--output-dir=(.*)/ } @ARGV;
open(my $file, '>>', "$dir/today") or die "$dir/today: $!\n";
print $file "line\n";
print "appended\n";
