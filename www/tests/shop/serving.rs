//! Headers, cookies, files: what a browser needs to trust and to keep.

use axum::http::{Method, StatusCode};

use crate::browser::Browser;

#[tokio::test]
async fn pages_come_with_a_strict_policy() {
    let mut guest = Browser::new();
    for path in ["/", "/p/RV-0860-A2", "/cart", "/nowhere"] {
        let page = guest.get(path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{path}");
        assert!(!policy.contains("unsafe-inline"));
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert!(!page.body.contains(" style=\"") && !page.body.contains(" onclick"), "{path}");
    }
}

#[tokio::test]
async fn the_session_is_a_random_cookie_that_scripts_cannot_read() {
    let mut guest = Browser::new();
    let cookie = guest.get("/").await.headers["set-cookie"].to_str().unwrap().to_owned();
    let (id, attributes) = cookie.strip_prefix("rivet=").unwrap().split_once(';').unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax");
    assert!(!guest.get("/").await.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn what_must_not_be_shown_twice_is_not_kept() {
    let mut guest = Browser::new();
    assert_eq!(guest.get("/").await.headers["cache-control"], "private, no-cache");
    assert_eq!(guest.add("RV-0860-A2", "1").await.headers["cache-control"], "no-store");
    assert_eq!(guest.get("/checkout/delivery").await.headers["cache-control"], "no-store");
    // A catalogue page that carries the calls of a form must not run them again on Back.
    let product = guest.get("/p/RV-0860-A2").await;
    let csrf = product.hidden_field("/cart/add", "csrf");
    let form = format!("csrf={csrf}&id=RV-0860-A2&quantity=1");
    guest.send(Method::POST, "/cart/add", form).await;
    let home = guest.get("/").await;
    assert_eq!(home.names(), ["page", "scAdd"]);
    assert_eq!(home.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn checkout_pages_have_no_way_out_but_three_links() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let page = guest.reach_payment().await;
    let header = page.body.split("<header").nth(1).unwrap().split("</header>").next().unwrap();
    assert_eq!(header.matches("<a ").count(), 3);
    assert!(!page.body.contains("<nav") && !page.body.contains("search") && !page.has("basket-link"));
    assert_eq!(page.body.matches("class=\"button\"").count(), 1);
}

#[tokio::test]
async fn files_and_drawings_are_served_from_the_binary() {
    let mut guest = Browser::new();
    for (path, kind) in [
        ("/assets/rivet.css", "text/css; charset=utf-8"),
        ("/assets/shop.js", "text/javascript; charset=utf-8"),
        ("/drawings/RV-0860-A2/sheet.svg", "image/svg+xml"),
        ("/minimal/", "text/html; charset=utf-8"),
    ] {
        let file = guest.get(path).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        assert_eq!(file.headers["content-type"], kind);
    }
    let minimal = guest.get("/minimal/").await;
    assert!(minimal.body.lines().count() <= 30);
    for path in ["/drawings/RV-0860-A2/huge.svg", "/drawings/nothing/sheet.svg", "/p/nothing", "/c/nothing", "/order/R1"] {
        assert_eq!(guest.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_package_is_served_to_every_origin() {
    let directory = std::env::temp_dir().join(format!("rivet-package-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("index.js"), "export {}").unwrap();
    std::fs::write(directory.join("core.0a1b2c3d.wasm"), "\0asm").unwrap();
    let mut guest = Browser::at(rivet::files::package(&directory));
    let script = guest.get("/caisse/index.js").await;
    assert_eq!(script.headers["content-type"], "text/javascript");
    assert_eq!(script.headers["cache-control"], "no-cache");
    let wasm = guest.get("/caisse/core.0a1b2c3d.wasm").await;
    assert_eq!(wasm.headers["content-type"], "application/wasm");
    assert_eq!(wasm.headers["cache-control"], "public, max-age=31536000, immutable");
    let missing = guest.get("/caisse/core.ffffffff.wasm").await;
    assert_eq!((missing.status, &missing.headers["cache-control"]), (StatusCode::NOT_FOUND, &"no-cache".parse().unwrap()));
    for page in [&script, &wasm, &missing] {
        assert_eq!(page.headers["access-control-allow-origin"], "*");
    }
    assert_eq!(guest.get("/caisse/../secret").await.status, StatusCode::NOT_FOUND);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn a_form_that_is_too_long_is_refused() {
    let mut guest = Browser::new();
    guest.get("/").await;
    let page = guest.send(Method::POST, "/cart/add", format!("id={}", "x".repeat(20_000))).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
}
