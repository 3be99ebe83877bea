import {
  addressesWithin,
  canonicalAddress,
  describeKind,
  isPrivateNetwork,
  kindOf,
} from './address.rules';

describe('the kind of an address', () => {
  it.each([
    ['1.1.1.1', 'public'],
    ['8.8.8.8', 'public'],
    ['93.184.216.34', 'public'],
    ['100.63.255.255', 'public'],
    ['100.128.0.0', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['169.253.255.255', 'public'],
    ['198.17.255.255', 'public'],
    ['198.20.0.0', 'public'],
    ['223.255.255.255', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['10.255.255.255', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['169.254.0.0', 'link-local'],
    ['100.64.0.1', 'shared'],
    ['100.127.255.255', 'shared'],
    ['198.18.0.1', 'benchmarking'],
    ['198.19.255.255', 'benchmarking'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.7', 'documentation'],
    ['203.0.113.9', 'documentation'],
    ['192.0.0.170', 'reserved'],
    ['192.88.99.1', 'reserved'],
    ['192.175.48.1', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.254', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['255.255.255.255', 'broadcast'],
  ])('is, for IPv4 %s, %s', (address, kind) => {
    expect(kindOf(address)).toBe(kind);
  });

  it.each([
    ['2001:4860:4860::8888', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['2a00:1450:4001::1', 'public'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['fec0::1', 'site-local'],
    ['feff::1', 'site-local'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fd00:ec2::254', 'private'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['2001:2::1', 'benchmarking'],
    ['2001:3::1', 'reserved'],
    ['2001:20::1', 'reserved'],
    ['2001:1::1', 'reserved'],
    ['2620:4f:8000::1', 'reserved'],
    ['100::1', 'reserved'],
    ['5f00::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['e000::1', 'reserved'],
    ['::127.0.0.1', 'reserved'],
    ['::8.8.8.8', 'reserved'],
    ['64:ff9b:1::808:808', 'reserved'],
  ])('is, for IPv6 %s, %s', (address, kind) => {
    expect(kindOf(address)).toBe(kind);
  });

  it.each([
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:a00:1', 'private'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['::ffff:0.0.0.0', 'unspecified'],
    ['::ffff:100.64.0.1', 'shared'],
    ['::ffff:8.8.8.8', 'public'],
    ['::ffff:0:127.0.0.1', 'loopback'],
    ['::ffff:0:8.8.8.8', 'public'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['64:ff9b::192.168.1.1', 'private'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:a00:1::1', 'private'],
    ['2002:c0a8:101:1::1', 'private'],
    ['2002:a9fe:a9fe::', 'link-local'],
    ['2002:e000:1::', 'multicast'],
    ['2002:808:808::1', 'public'],
    // Server 10.0.0.1; client 8.8.8.8.
    ['2001:0:a00:1::f7f7:f7f7', 'private'],
    // Server 8.8.8.8; client 127.0.0.1.
    ['2001:0:808:808::80ff:fffe', 'loopback'],
    // Server 8.8.8.8; client 10.0.0.1.
    ['2001:0:808:808::f5ff:fffe', 'private'],
    // Server 10.0.0.1; client 224.0.0.1.
    ['2001:0:a00:1::1fff:fffe', 'multicast'],
    ['2001:0:808:808::f7f7:f7f7', 'public'],
  ])('is that of the IPv4 address inside: %s is %s', (address, kind) => {
    expect(kindOf(address)).toBe(kind);
  });

  it.each([
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '1.2.3.4.5',
    ':::',
  ])('is malformed for what is no address: %j', (text) => {
    expect(kindOf(text)).toBe('malformed');
    expect(addressesWithin(text)).toEqual([text]);
  });

  it('can be said in a sentence', () => {
    expect(describeKind('private')).toBe('a private address');
    expect(describeKind('unspecified')).toBe('an unspecified address');
    expect(describeKind('malformed')).toBe('no address');
  });
});

describe('private networks', () => {
  it.each(['127.0.0.1', '::1', '10.0.0.1', 'fd00::1', '169.254.1.1', '100.64.0.1', '198.18.0.1'])(
    'hold %s',
    (address) => {
      expect(isPrivateNetwork(kindOf(address))).toBe(true);
    },
  );

  it.each(['8.8.8.8', '0.0.0.0', '224.0.0.1', '255.255.255.255', '240.0.0.1', '203.0.113.1', 'x'])(
    'do not hold %s',
    (address) => {
      expect(isPrivateNetwork(kindOf(address))).toBe(false);
    },
  );
});

describe('the spelling of an address', () => {
  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['FE80::0001', 'fe80::1'],
    ['10.0.0.1', '10.0.0.1'],
    ['example.com', 'example.com'],
  ])('of %s is %s', (address, spelling) => {
    expect(canonicalAddress(address)).toBe(spelling);
  });

  it('tells the IPv4 addresses inside as well', () => {
    expect(addressesWithin('::ffff:10.0.0.1')).toEqual(['10.0.0.1']);
    expect(addressesWithin('64:ff9b::10.0.0.1')).toEqual(['64:ff9b::a00:1', '10.0.0.1']);
  });
});
