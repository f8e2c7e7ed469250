# Does everything Perl's Cache::Memcached::Fast offers, in the text protocol, on the server whose port
# is the argument. Exits with an error at the first result that is not the expected one.

use strict;
use warnings FATAL => 'all';
use utf8;
use Cache::Memcached::Fast;
use Time::HiRes qw(sleep time);

my $LIFETIME = 1000;
my $PATIENCE = 60;
my $LARGE = join('', map { chr } 0 .. 255) x 4000;

my $client = Cache::Memcached::Fast->new({
  servers => ["127.0.0.1:$ARGV[0]"],
  io_timeout => $PATIENCE,
  connect_timeout => $PATIENCE,
  max_size => 2**21,
});

sub shown { defined $_[0] ? substr("'$_[0]'", 0, 200) : 'undef' }

sub expect {
  my ($expected, $found) = @_;
  return if !defined $expected && !defined $found;
  return if defined $expected && defined $found && $expected eq $found;
  die 'expected ' . shown($expected) . ', found ' . shown($found) . ' at line ' . (caller)[2] . "\n";
}

# Replies of the library to a refused request are false and defined.
sub expect_refused { expect('', $_[0] ? 'done' : '') }

sub values_of_all_kinds {
  expect(undef, $client->get('missing'));
  for my $value ('value', '', "a\r\nEND\r\n\0\xff", $LARGE) {
    expect(1, $client->set('key', $value, $LIFETIME));
    expect($value, $client->get('key'));
  }
  $client->set('object', { list => [1, 2, 3] });
  expect('1 2 3', join ' ', @{ $client->get('object')->{list} });
}

sub a_value_too_large {
  $client->set('large', 'before', $LIFETIME);
  expect_refused($client->set('large', 'x' x 1_100_000, $LIFETIME));
  expect(undef, $client->get('large'));
}

sub conditional_stores {
  expect_refused($client->replace('added', '1', $LIFETIME));
  expect(1, $client->add('added', '2', $LIFETIME));
  expect_refused($client->add('added', '3', $LIFETIME));
  expect(1, $client->replace('added', '4', $LIFETIME));
  expect(1, $client->append('added', '5'));
  expect(1, $client->prepend('added', '3'));
  expect_refused($client->append('missing', '5'));
  expect('345', $client->get('added'));
}

sub cas {
  $client->set('unique', '1');
  my ($unique, $value) = @{ $client->gets('unique') };
  expect('1', $value);
  expect(1, $client->cas('unique', $unique, '2', $LIFETIME));
  expect_refused($client->cas('unique', $unique, '3', $LIFETIME));
  expect('2', $client->get('unique'));
  expect(undef, $client->gets('missing'));
}

sub numbers {
  expect_refused($client->incr('number', 5));
  $client->set('number', '10');
  expect(15, $client->incr('number', 5));
  expect(9, $client->decr('number', 6));
  expect('9', $client->get('number'));
  expect(0, $client->decr('number', 100) + 0);
  expect('9223372036854775808', $client->incr('number', '9223372036854775808'));
}

sub many_keys {
  my %expected = map { ("many-$_" => "value $_") } 0 .. 199;
  my @keys = sort keys %expected;
  $client->set_multi(map { [$_, $expected{$_}, $LIFETIME] } @keys);
  expect_all(\%expected, $client->get_multi(@keys, 'missing'));
  my $with_uniques = $client->gets_multi(@keys, 'missing');
  expect_all(\%expected, { map { ($_ => $with_uniques->{$_}[1]) } keys %$with_uniques });
  expect(200, scalar keys %{ $client->touch_multi(map { [$_, $LIFETIME] } @keys) });
  expect_all(\%expected, $client->gat_multi($LIFETIME, @keys, 'missing'));
  expect(200, scalar keys %{ $client->gats_multi($LIFETIME, @keys, 'missing') });
  $client->append_multi(map { [$_, '!'] } @keys);
  expect('value 7!', $client->get('many-7'));
  expect(200, scalar keys %{ $client->delete_multi(@keys) });
  expect(0, scalar keys %{ $client->get_multi(@keys) });
}

sub expect_all {
  my ($expected, $found) = @_;
  expect(join(' ', sort keys %$expected), join(' ', sort keys %$found));
  expect($expected->{$_}, $found->{$_}) for keys %$expected;
}

sub requests_without_replies {
  my $hasty = Cache::Memcached::Fast->new({
    servers => [{ address => "127.0.0.1:$ARGV[0]", noreply => 1 }],
    nowait => 1, io_timeout => $PATIENCE,
  });
  $hasty->set("hasty-$_", "$_") for 0 .. 99;
  $hasty->delete('hasty-98');
  $hasty->incr('hasty-97', 3);
  $hasty->nowait_push;
  $hasty->disconnect_all;
  wait_until(sub { ($client->get('hasty-97') // '') eq '100' });
  expect(undef, $client->get('hasty-98'));
  expect('99', $client->get('hasty-99'));
}

sub lifetimes {
  $client->set('short', '1', $LIFETIME);
  expect(1, $client->touch('short', $LIFETIME));
  expect_refused($client->touch('missing', $LIFETIME));
  expect('1', $client->gat($LIFETIME, 'short'));
  expect(undef, $client->gat($LIFETIME, 'missing'));
  expect('1', $client->gats($LIFETIME, 'short')->[1]);
  expect(1, $client->delete('short'));
  expect_refused($client->delete('short'));
}

sub wait_until {
  my ($condition) = @_;
  my $deadline = time + $PATIENCE;
  until ($condition->()) {
    die 'waited in vain at line ' . (caller)[2] . "\n" if time > $deadline;
    sleep 0.02;
  }
}

sub expiry {
  $client->set('fleeting', '1', 1);
  wait_until(sub { !defined $client->get('fleeting') });
}

sub flush {
  $client->set('flushed', '1');
  my ($done) = values %{ $client->flush_all };
  expect(1, $done);
  expect(undef, $client->get('flushed'));
}

sub about_the_server {
  my ($version) = values %{ $client->server_versions };
  expect(1, $version =~ /^\d+\.\d+\.\d+/);
}

my @parts = (
  'values' => \&values_of_all_kinds,
  'a value too large' => \&a_value_too_large,
  'conditional stores' => \&conditional_stores,
  'cas' => \&cas,
  'numbers' => \&numbers,
  'many keys' => \&many_keys,
  'requests without replies' => \&requests_without_replies,
  'lifetimes' => \&lifetimes,
  'expiry' => \&expiry,
  'flush' => \&flush,
  'about the server' => \&about_the_server,
);
while (my ($name, $part) = splice @parts, 0, 2) {
  $part->();
  print "$name: as expected\n";
}
