import { BlockList, isIP } from 'node:net'

const LOCAL = new BlockList()
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4')
LOCAL.addSubnet('10.0.0.0', 8, 'ipv4')
LOCAL.addSubnet('172.16.0.0', 12, 'ipv4')
LOCAL.addSubnet('192.168.0.0', 16, 'ipv4')
LOCAL.addAddress('::1', 'ipv6')
LOCAL.addSubnet('fc00::', 7, 'ipv6')

/**
 * Whether an IP address is loopback or private (RFC 1918, RFC 4193). Link-local is neither: metadata services of
 * clouds, the provider's included, answer there. IPv4 inside IPv6 is judged as IPv4.
 */
export function isLocalAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && LOCAL.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
