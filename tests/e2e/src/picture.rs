//! Pictures of a part of a page, and how much two of them differ. Never says how much is too much.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use thirtyfour::cdp::Cdp;

use crate::browser::Browser;
use crate::place::Place;

/// How far a channel of a pixel may be off before the pixel counts as different: smoothed edges are drawn a little otherwise.
const CHANNEL_MAX: u8 = 40;

/// A picture: its PNG, and its pixels.
pub struct Picture {
    png: Vec<u8>,
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Picture {
    /// Reads a PNG of eight bits for each channel.
    ///
    /// # Errors
    /// Words, if it is none.
    pub fn read(png: Vec<u8>) -> Result<Self, String> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&png));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
        let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
        let info = reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
        Ok(Self { width: info.width, height: info.height, pixels, png })
    }

    /// Writes its PNG.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn keep(&self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, &self.png)
    }

    /// Pixels that differ from another picture's, of a million; all, if they are not of one size.
    pub fn difference(&self, other: &Self) -> usize {
        if (self.width, self.height) != (other.width, other.height) {
            return 1_000_000;
        }
        let differs = |(a, b): &(&[u8], &[u8])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > CHANNEL_MAX);
        let different = self.pixels.chunks(4).zip(other.pixels.chunks(4)).filter(differs).count();
        different * 1_000_000 / (self.pixels.len() / 4).max(1)
    }
}

impl Browser {
    /// A picture of the element with an id, whole, also where it is larger than the window. In Chromium.
    ///
    /// # Panics
    /// If there is none, or in another browser.
    #[track_caller]
    pub fn picture(&self, id: &str) -> impl Future<Output = Picture> {
        let (place, cdp) = (Place::here(), Cdp::new(self.session().handle().clone()));
        let measure = format!(
            "const {{ x, y, width, height }} = document.getElementById('{id}').getBoundingClientRect();
            return {{ x: x + scrollX, y: y + scrollY, width, height, scale: 1 }}"
        );
        let clip = self.run(measure);
        async move {
            let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip.await });
            let answer = place.expect("a picture", cdp.send_raw("Page.captureScreenshot", wanted).await);
            let text = place.expect("a picture", answer["data"].as_str().ok_or("no data"));
            let png = place.expect("a picture", BASE64_STANDARD.decode(text).map_err(|error| error.to_string()));
            place.expect("a picture", Picture::read(png))
        }
    }
}
