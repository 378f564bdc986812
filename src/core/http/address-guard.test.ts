import { describe, expect, it } from 'vitest';
import { AddressGuard, BlockedUrlError, isPublicAddress } from './address-guard';

describe('isPublicAddress', () => {
  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback, far end', '127.255.255.254'],
    ['this network', '0.0.0.0'],
    ['private 10/8', '10.1.2.3'],
    ['private 172.16/12', '172.31.255.255'],
    ['private 192.168/16', '192.168.0.1'],
    ['CGNAT', '100.64.0.1'],
    ['link-local, cloud metadata', '169.254.169.254'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['benchmarking', '198.18.0.1'],
    ['documentation', '203.0.113.9'],
    ['protocol assignments', '192.0.0.8'],
    ['retired 6to4 relay', '192.88.99.1'],
    ['v6 loopback', '::1'],
    ['v6 unspecified', '::'],
    ['v6 link-local', 'fe80::1'],
    ['v6 site-local', 'fec0::1'],
    ['v6 unique local', 'fd00:ec2::254'],
    ['v6 multicast', 'ff02::1'],
    ['v4-mapped loopback', '::ffff:127.0.0.1'],
    ['v4-mapped public', '::ffff:8.8.8.8'],
    ['v4-compatible', '::7f00:1'],
    ['NAT64 of a metadata address', '64:ff9b::a9fe:a9fe'],
    ['local NAT64', '64:ff9b:1::a9fe:a9fe'],
    ['6to4 of a private address', '2002:0a00:0001::1'],
    ['Teredo', '2001:0:4136:e378::1'],
    ['documentation v6', '2001:db8::1'],
    ['discard', '100::1'],
    ['no address at all', 'localhost'],
  ])('refuses %s (%s)', (_name, address) => expect(isPublicAddress(address)).toBe(false));

  it.each(['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '172.32.0.1', '100.128.0.1'])(
    'admits %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});

describe('AddressGuard', () => {
  const guard = new AddressGuard(['intranet.example', '10.0.0.5:8443'], async (name) =>
    name === 'mixed.example'
      ? [
          { address: '8.8.8.8', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]
      : [{ address: '10.0.0.7', family: 4 }],
  );

  it.each([
    'ftp://8.8.8.8/',
    'file:///etc/passwd',
    'https://user:pass@8.8.8.8/',
    'http://2130706433/', // 127.0.0.1 as one number
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://[::ffff:7f00:1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.5/',
  ])('refuses %s by its text', (url) => expect(() => guard.checkUrl(new URL(url))).toThrow(BlockedUrlError));

  it('admits a listed host on its listed port', () => {
    expect(() => guard.checkUrl(new URL('https://10.0.0.5:8443/'))).not.toThrow();
  });

  it('refuses a name when any of its addresses is private', async () => {
    await expect(guard.resolvePublic('mixed.example', '443')).rejects.toThrow(BlockedUrlError);
  });

  it('admits a listed name although its address is private', async () => {
    expect(await guard.resolvePublic('intranet.example', '443')).toEqual([
      { address: '10.0.0.7', family: 4 },
    ]);
  });
});
