//! Reads and writes the cookies of Adobe Edge Network, which pages of other origins carry in `meta.state`: the identity
//! (base64url of a protobuf message whose first field is the ECID) and the consent (`general=in`). Facts from Adobe's
//! `client-state` page and the Web SDK's decoder.

/// Letters of base64url by their value; the usual `+` and `/` are read as well.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// An organisation's name as it stands in names of cookies.
pub fn cookie(org: &str, key: &str) -> String {
    format!("kndctr_{}_{key}", org.replace('@', "_"))
}

/// The organisation's part of a cookie's name, if the cookie has this key.
pub fn org<'a>(cookie: &'a str, key: &str) -> Option<&'a str> {
    cookie.strip_prefix("kndctr_")?.strip_suffix(key)?.strip_suffix('_').filter(|org| !org.is_empty())
}

/// The ECID in the value of an identity cookie.
pub fn ecid(value: &str) -> Option<String> {
    let message = unpacked(value)?;
    let mut rest = message.as_slice();
    loop {
        let tag = varint(&mut rest)?;
        match tag & 7 {
            0 => drop(varint(&mut rest)?),
            1 => rest = rest.get(8..)?,
            5 => rest = rest.get(4..)?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                let (field, after) = rest.split_at_checked(length)?;
                if tag >> 3 == 1 {
                    return std::str::from_utf8(field).ok().filter(|ecid| is_ecid(ecid)).map(String::from);
                }
                rest = after;
            }
            _ => return None,
        }
    }
}

/// Whether a text is an ECID: digits, 38 of them when Adobe writes them.
pub fn is_ecid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The value of an identity cookie.
pub fn identity(ecid: &str) -> String {
    let mut message = vec![0x0a, u8::try_from(ecid.len()).unwrap_or(0)];
    message.extend(ecid.bytes());
    packed(&message)
}

/// What a consent cookie says about a purpose: `in` or `out` for `general`.
pub fn consent<'a>(value: &'a str, purpose: &str) -> Option<&'a str> {
    value.split(';').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == purpose).map(|(_, answer)| answer)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn packed(bytes: &[u8]) -> String {
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let group = (0..3).fold(0, |group, index| group << 8 | u32::from(three.get(index).copied().unwrap_or(0)));
        for index in 0..4 {
            let letter = LETTERS.get((group >> (18 - 6 * index) & 63) as usize).copied().unwrap_or(b'A');
            out.push(if index > three.len() as u32 { '=' } else { char::from(letter) });
        }
    }
    out
}

fn unpacked(text: &str) -> Option<Vec<u8>> {
    let text = text.replace("%3D", "=");
    let (mut out, mut group, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let letter = match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
        group = (group << 6 | LETTERS.iter().position(|known| *known == letter)? as u32) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((group >> bits & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for ecid in ["1", "12", "123", "54758217238990693431236455737116189050"] {
            assert_eq!(super::ecid(&identity(ecid)).as_deref(), Some(ecid));
        }
        for bad in ["", "CiY", "????", "Cg==", &packed(&[0x0a, 0x01, b'x']), &packed(&[0x08, 0xff, 0xff]), &packed(&[0xff; 20])] {
            assert_eq!(super::ecid(bad), None, "{bad}");
        }
    }

    #[test]
    fn knows_its_cookies() {
        let name = cookie("53A16ACB5CC1D3760A495C99@AdobeOrg", "consent");
        assert_eq!(name, "kndctr_53A16ACB5CC1D3760A495C99_AdobeOrg_consent");
        assert_eq!(org(&name, "consent"), Some("53A16ACB5CC1D3760A495C99_AdobeOrg"));
        assert_eq!((org(&name, "identity"), org("kndctr__consent", "consent")), (None, None));
        assert_eq!((consent("a=b;general=out", "general"), consent("general", "general")), (Some("out"), None));
    }
}
