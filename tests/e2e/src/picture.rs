//! Pictures of parts of a page, and how much two of them differ. Never says how much is too much.

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

    /// Pictures one under the other; the narrower ones are filled up with nothing.
    ///
    /// # Errors
    /// Words, if there is none, or too much of them.
    pub fn stacked(pictures: &[Self]) -> Result<Self, String> {
        let width = pictures.iter().map(|picture| picture.width).max().ok_or("no picture")?;
        let mut pixels = Vec::new();
        for picture in pictures {
            for row in picture.pixels.chunks(picture.width as usize * 4) {
                pixels.extend_from_slice(row);
                pixels.resize(pixels.len() + (width - picture.width) as usize * 4, 0);
            }
        }
        Self::of(width, pixels)
    }

    /// A part of it: left, top, width and height in pixels.
    fn cut(&self, [left, top, width, height]: [u32; 4]) -> Result<Self, String> {
        let rows = self.pixels.chunks(self.width as usize * 4).skip(top as usize).take(height as usize);
        let part = (left as usize * 4)..((left + width) as usize * 4);
        let pixels: Option<Vec<&[u8]>> = rows.map(|row| row.get(part.clone())).collect();
        Self::of(width, pixels.filter(|rows| rows.len() == height as usize).ok_or("out of the picture")?.concat())
    }

    fn of(width: u32, pixels: Vec<u8>) -> Result<Self, String> {
        let height = u32::try_from(pixels.len() / (width as usize * 4)).map_err(|error| error.to_string())?;
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
        written.map_err(|error| error.to_string())?;
        Ok(Self { png, width, height, pixels })
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
    /// A picture of the element with an id, as far as the window shows it. In any browser; WebKitGTK's driver takes another part of the page when it is
    /// asked for an element, so the window is taken, and the element cut out.
    ///
    /// # Panics
    /// If there is none, or it is out of sight.
    #[track_caller]
    pub fn picture_in_view(&self, id: &str) -> impl Future<Output = Picture> {
        let place = Place::here();
        let measure = format!(
            "const {{ left, top, right, bottom }} = document.getElementById('{id}').getBoundingClientRect();
            return [left, top, Math.min(right, innerWidth) - left, Math.min(bottom, innerHeight) - top].map(Math.floor)"
        );
        let measured = self.run(measure);
        async move {
            let rectangle: [u32; 4] = place.expect("an element in view", serde_json::from_value(measured.await));
            let png = place.expect("a picture", self.session().screenshot_as_png().await);
            place.expect("a picture", Picture::read(png).and_then(|window| window.cut(rectangle)))
        }
    }

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
