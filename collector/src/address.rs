//! Whom a request comes from: the address at the other end, or the one that a trusted proxy names. Addresses are held in memory only; what
//! is written to the log is cut to the network (IPv4 /24, IPv6 /48).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;

/// The other end of a connection, as an extension of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer(
    /// Its address.
    pub IpAddr,
);

/// Whose request it is. A proxy that is trusted appends whom it speaks for to `X-Forwarded-For`; what stands before that, or comes from
/// anybody else, is whatever somebody liked to write.
pub(crate) fn sender(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let mut sender = peer.to_canonical();
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    let mut named = lines.iter().flat_map(|line| line.split(',')).rev();
    while proxies.contains(&sender) {
        match named.next().and_then(|name| name.trim().parse::<IpAddr>().ok()) {
            Some(next) => sender = next.to_canonical(),
            None => break,
        }
    }
    sender
}

/// An address as buckets know it: whoever has one IPv6 address has the other 2⁶⁴ of its network.
pub(crate) fn bucket(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64))),
        four @ IpAddr::V4(_) => four,
    }
}

/// An address as the log shows it.
pub(crate) struct Cut(pub(crate) IpAddr);

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.to_canonical() {
            IpAddr::V4(four) => write!(f, "{}/24", Ipv4Addr::from_bits(four.to_bits() & (u32::MAX << 8))),
            IpAddr::V6(six) => write!(f, "{}/48", Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 80))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[track_caller]
    fn check(peer: &str, forwarded: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        assert_eq!(sender(ip(peer), &headers, &[ip("10.0.0.1"), ip("10.0.0.2")]), ip(expected));
    }

    #[test]
    fn believes_proxies_that_are_trusted_and_nobody_else() {
        check("203.0.113.7", &[], "203.0.113.7");
        check("203.0.113.7", &["198.51.100.1"], "203.0.113.7");
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        // What the sender wrote itself stands before what the proxy appended.
        check("10.0.0.1", &["192.0.2.1, 198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["192.0.2.1", "198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["192.0.2.1, 198.51.100.1, 10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["somebody"], "10.0.0.1");
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn cuts_what_is_logged() {
        assert_eq!(Cut(ip("203.0.113.7")).to_string(), "203.0.113.0/24");
        assert_eq!(Cut(ip("::ffff:203.0.113.7")).to_string(), "203.0.113.0/24");
        assert_eq!(Cut(ip("2001:db8:1:2:3:4:5:6")).to_string(), "2001:db8:1::/48");
    }

    #[test]
    fn a_household_is_one_sender() {
        assert_eq!(bucket(ip("2001:db8:1:2:3:4:5:6")), bucket(ip("2001:db8:1:2::1")));
        assert_ne!(bucket(ip("2001:db8:1:2::1")), bucket(ip("2001:db8:1:3::1")));
        assert_ne!(bucket(ip("203.0.113.7")), bucket(ip("203.0.113.8")));
    }
}
