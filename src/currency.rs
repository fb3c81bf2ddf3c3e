//! Which currencies there are. Facts only; nothing is refused for not being among them.

use crate::text::listed;

/// Codes that Adobe's documentation lists as valid (`config-vars/currencycode`, read in November 2026). The list is of the 2000s: it
/// has currencies that are gone, and lacks those that came since.
const ADOBE: &str = "AED AFA ALL AMD ANG AOA ARS AUD AWG AZM BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYR BZD CAD CDF CHF CLP \
CNY COP CRC CSD CUP CVE CYP CZK DJF DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GGP GHC GIP GMD GNF GTQ GYD HKD \
HNL HRK HTG HUF IDR ILS IMP INR IQD IRR ISK JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL \
LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MTL MUR MVR MWK MXN MYR MZM NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP \
PKR PLN PYG QAR ROL RUR RWF SAR SBD SCR SDD SEK SGD SHP SIT SKK SLL SOS SPL SRD SRG STD SVC SYP SZL THB TJS TMM TND \
TOP TRL TTD TVD TWD TZS UAH UGX USD UYU UZS VEB VND VUV WST XAF XAG XAU XCD XDR XOF XPD XPF XPT YER ZAR ZMK ZWD";

/// Codes in use that Adobe's list lacks (ISO 4217, list one, without those that stand in both).
const ISO_ONLY: &str = "AFN AZN BOV BYN CHE CHW CLF COU GHS MRU MXV MZN RON RSD RUB SDG SLE SSP STN TMT TRY USN UYI UYW VED VES XAD XBA XBB \
XBC XBD XCG XSU XTS XUA XXX ZMW ZWG";

/// What is known about a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Adobe's documentation lists it.
    Listed,
    /// In use, but not on Adobe's list.
    Unlisted,
    /// On no list.
    Unknown,
}

/// What is known about three capital letters.
pub fn standing(code: &str) -> Standing {
    if listed(code, ADOBE) {
        Standing::Listed
    } else if listed(code, ISO_ONLY) {
        Standing::Unlisted
    } else {
        Standing::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adobes_list_is_old() {
        for (code, expected) in [
            ("EUR", Standing::Listed),
            ("TRL", Standing::Listed),
            ("TRY", Standing::Unlisted),
            ("RON", Standing::Unlisted),
            ("EUX", Standing::Unknown),
            ("", Standing::Unknown),
        ] {
            assert_eq!(standing(code), expected, "{code}");
        }
    }
}
