import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { isPublicAddress } from "../../adapters/capability/public-address.ts"

const hex = (first: number, second: number) => ((first << 8) | second).toString(16)

/** The forms in which an IPv6 address carries an IPv4 address. */
function carriers([a, b, c, d]: readonly [number, number, number, number]): readonly string[] {
  const low = `${hex(a, b)}:${hex(c, d)}`
  return [
    `::${a}.${b}.${c}.${d}`, // compatible
    `::ffff:${a}.${b}.${c}.${d}`, // mapped
    `::ffff:0:${low}`, // translated
    `64:ff9b::${low}`, // NAT64
    `64:ff9b:1::${low}`, // local NAT64
    `2002:${low}::1`, // 6to4
    `2001:0:${low}:0:1:${hex(255 - a, 255 - b)}:${hex(255 - c, 255 - d)}`, // Teredo
    `2600:1f18::5efe:${low}`, // ISATAP
    `2600:1f18::200:5efe:${low}`, // ISATAP, unique
    `fe80::5efe:${low}`,
  ]
}

const octet = fc.integer({ min: 0, max: 255 })
const ipv4 = fc.tuple(octet, octet, octet, octet)

describe("isPublicAddress", () => {
  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::",
    "2600:1f18::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "2600:1:2:3:4:5:6:7",
    "3fff:1000::",
  ])("takes %s for public", (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each([
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:7f00:1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "3fff::1",
    "3fff:fff:ffff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2600:1f18::1%eth0",
    "fec0::1",
    "ff02::1",
    "",
    "localhost",
    "127.1",
    "1.1.1.1:80",
    "0x7f000001",
    "2130706433",
    "[2600:1f18::1]",
  ])("refuses %s", (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  test("refuses every IPv6 form that carries an IPv4 address, public or not", () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        for (const carrier of carriers(address)) expect(isPublicAddress(carrier), carrier).toBe(false)
      }),
    )
  })

  test("refuses every IPv6 address outside 2000::/3", () => {
    const group = fc.integer({ min: 0, max: 0xffff })
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const address = groups.map((value) => value.toString(16)).join(":")
        if ((groups[0] ?? 0) >> 13 !== 1) expect(isPublicAddress(address)).toBe(false)
      }),
    )
  })

  test("says the same of an address however its zeros are written", () => {
    const group = fc.constantFrom(0, 0, 0, 1, 0x5efe, 0x2600, 0x2001, 0xffff)
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const long = groups.map((value) => value.toString(16).padStart(4, "0")).join(":")
        const short = new URL(`http://[${long}]/`).hostname.slice(1, -1)
        expect(isPublicAddress(short)).toBe(isPublicAddress(long))
      }),
    )
  })
})
