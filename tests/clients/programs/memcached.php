<?php
// Does everything php-memcached offers, on the server whose port is the second argument; the first
// is the protocol, text or binary. Exits with an error at the first result that is not the expected
// one.

declare(strict_types=1);

const LIFETIME = 1000;
const PATIENCE = 60;

set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});

function expect(mixed $expected, mixed $found): void
{
    if ($expected === $found) return;
    $shown = fn (mixed $value): string => substr(var_export($value, true), 0, 200);
    throw new Exception("expected {$shown($expected)}, found {$shown($found)}");
}

function large(): string
{
    return str_repeat(implode('', array_map('chr', range(0, 255))), 4000);
}

function values(Memcached $client): void
{
    expect(false, $client->get('missing'));
    expect(Memcached::RES_NOTFOUND, $client->getResultCode());
    foreach (['value', '', "a\r\nEND\r\n\0\xff", large(), 7, 1.5, true, ['list' => [1, 2]]] as $value) {
        expect(true, $client->set('key', $value, LIFETIME));
        expect($value, $client->get('key'));
    }
}

function aValueTooLarge(Memcached $client): void
{
    $client->set('large', 'before', LIFETIME);
    expect(false, $client->set('large', str_repeat('x', 1_100_000), LIFETIME));
    expect(Memcached::RES_E2BIG, $client->getResultCode());
    expect(false, $client->get('large'));
}

function conditionalStores(Memcached $client): void
{
    expect(false, $client->replace('added', '1', LIFETIME));
    expect(true, $client->add('added', '2', LIFETIME));
    expect(false, $client->add('added', '3', LIFETIME));
    expect(true, $client->replace('added', '4', LIFETIME));
    expect(true, $client->append('added', '5'));
    expect(true, $client->prepend('added', '3'));
    expect(false, $client->append('missing', '5'));
    expect('345', $client->get('added'));
}

function cas(Memcached $client): void
{
    $client->set('unique', '1', LIFETIME);
    $unique = $client->get('unique', null, Memcached::GET_EXTENDED)['cas'];
    expect(true, $client->cas($unique, 'unique', '2', LIFETIME));
    expect(false, $client->cas($unique, 'unique', '3', LIFETIME));
    expect(Memcached::RES_DATA_EXISTS, $client->getResultCode());
    expect('2', $client->get('unique'));
}

function numbers(Memcached $client): void
{
    expect(false, $client->increment('number', 5));
    $client->set('number', '10', LIFETIME);
    expect(15, $client->increment('number', 5));
    expect(9, $client->decrement('number', 6));
    expect(0, $client->decrement('number', 100));
    expect(2 ** 40, $client->increment('number', 2 ** 40));
    if (!$client->getOption(Memcached::OPT_BINARY_PROTOCOL)) return;
    expect(7, $client->increment('created', 5, 7, LIFETIME));  // text cannot create
    expect(2, $client->decrement('created', 5, 7, LIFETIME));
}

function manyKeys(Memcached $client): void
{
    $expected = [];
    foreach (range(0, 199) as $number) $expected["many-$number"] = "value $number";
    $keys = array_keys($expected);
    expect(true, $client->setMulti($expected, LIFETIME));
    expect($expected, $client->getMulti([...$keys, 'missing']));
    expect(true, $client->getDelayed($keys, true));
    $found = array_column($client->fetchAll(), 'value', 'key');
    ksort($expected);
    ksort($found);
    expect($expected, $found);
    $deleted = $client->deleteMulti([...$keys, 'missing']);
    expect(200, count(array_filter($deleted, fn ($result) => $result === true)));
    expect(Memcached::RES_NOTFOUND, $deleted['missing']);
    expect([], $client->getMulti($keys));
}

function lifetimes(Memcached $client): void
{
    $client->set('short', '1', LIFETIME);
    expect(true, $client->touch('short', LIFETIME));
    expect(false, $client->touch('missing', LIFETIME));
    expect(true, $client->delete('short'));
    expect(false, $client->delete('short'));
}

function expiry(Memcached $client): void
{
    $client->set('fleeting', '1', 1);
    $deadline = microtime(true) + PATIENCE;
    while ($client->get('fleeting') !== false) {
        if (microtime(true) > $deadline) throw new Exception('still there');
        usleep(20_000);
    }
}

function flush_(Memcached $client): void
{
    $client->set('flushed', '1', LIFETIME);
    expect(true, $client->flush());
    expect(false, $client->get('flushed'));
}

function aboutTheServer(Memcached $client): void
{
    expect(1, preg_match('/^\d+\.\d+\.\d+/', current($client->getVersion())));
    expect(true, current($client->getStats())['cmd_set'] > 0);
    expect(true, $client->quit());
}

[, $protocol, $port] = $argv;
$client = new Memcached();
$client->setOptions([
    Memcached::OPT_BINARY_PROTOCOL => $protocol === 'binary',
    Memcached::OPT_COMPRESSION => false,  // append would add to what is compressed
    Memcached::OPT_POLL_TIMEOUT => PATIENCE * 1000,
    Memcached::OPT_TCP_NODELAY => true,
]);
if (getenv('CLIENT_USER') !== false) {
    $client->setSaslAuthData(getenv('CLIENT_USER'), getenv('CLIENT_PASSWORD'));
}
$client->addServer('127.0.0.1', (int) $port);
$parts = ['values' => 'values', 'a value too large' => 'aValueTooLarge',
    'conditional stores' => 'conditionalStores', 'cas' => 'cas', 'numbers' => 'numbers',
    'many keys' => 'manyKeys', 'lifetimes' => 'lifetimes', 'expiry' => 'expiry',
    'flush' => 'flush_', 'about the server' => 'aboutTheServer'];
foreach ($parts as $name => $part) {
    $part($client);
    echo "$name: as expected\n";
}
