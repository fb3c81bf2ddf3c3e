//! A visitor without eyes: keeps the cookie, follows redirects, fills in the hidden fields of a form.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use rivet::order::Orders;
use rivet::server;
use rivet::store::Store;
use serde_json::Value;
use tower::ServiceExt;

/// One visitor of a shop.
pub struct Browser {
    router: Router,
    store: Store,
    cookie: Option<String>,
}

/// What a visitor got.
#[derive(Debug)]
pub struct Page {
    pub path: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// What a visitor called Camille types on the delivery page.
pub const DELIVERY: [(&str, &str); 6] = [
    ("email", "camille@example.fr"),
    ("name", "Camille Martin"),
    ("street", "17 rue de la Forge"),
    ("postcode", "69007"),
    ("city", "Villeurbanne"),
    ("method", "standard"),
];

/// A card that is accepted.
pub const CARD: [(&str, &str); 4] =
    [("cc-name", "Camille Martin"), ("cc-number", "4242 4242 4242 4242"), ("cc-exp", "08/49"), ("cc-csc", "737")];

impl Browser {
    /// The first visitor of a new shop.
    pub fn new() -> Self {
        let store = Store::open(None, 0).expect("a database in memory");
        let router = server::shop(store.clone()).fallback(server::missing);
        Self { router, store, cookie: None }
    }

    /// A visitor of something else than a shop.
    pub fn at(router: Router) -> Self {
        Self { router, ..Self::new() }
    }

    /// Another visitor of the same shop.
    pub fn stranger(&self) -> Self {
        Self { router: self.router.clone(), store: self.store.clone(), cookie: None }
    }

    /// The same visitor, pressing a button twice.
    pub fn same(&self) -> Self {
        Self { cookie: self.cookie.clone(), ..self.stranger() }
    }

    /// How many orders the shop has.
    pub fn orders(&self) -> u32 {
        Orders::new(&self.store.lock()).count().expect("a count")
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, String::new()).await
    }

    /// Sends a form with its hidden fields as they stand on `page`, and follows where it leads.
    pub async fn submit(&mut self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden(path);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.post(path, &fields).await
    }

    /// Sends these fields and no others, and follows where it leads.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let page = self.send(Method::POST, path, body).await;
        match page.headers.get(header::LOCATION) {
            Some(to) => {
                assert_eq!(page.status, StatusCode::SEE_OTHER, "a form leads on by GET");
                let to = to.to_str().expect("an address").to_owned();
                Box::pin(self.follow(&to)).await
            }
            None => page,
        }
    }

    async fn follow(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        match page.headers.get(header::LOCATION) {
            Some(to) => Box::pin(self.follow(to.to_str().expect("an address"))).await,
            None => page,
        }
    }

    pub async fn send(&mut self, method: Method, path: &str, body: String) -> Page {
        let mut request = Request::builder().method(method.clone()).uri(path);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie");
            self.cookie = cookie.split(';').next().map(Into::into);
        }
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("text");
        Page { path: path.into(), status: parts.status, headers: parts.headers, body }
    }

    /// Puts so many of a product into the basket.
    pub async fn add(&mut self, id: &str, quantity: &str) -> Page {
        let page = self.get(&format!("/p/{id}")).await;
        self.submit(&page, "/cart/add", &[("quantity", quantity)]).await
    }

    /// Goes from a basket to the payment page.
    pub async fn reach_payment(&mut self) -> Page {
        let page = self.get("/checkout/delivery").await;
        let page = self.submit(&page, "/checkout/delivery", &DELIVERY).await;
        assert_eq!(page.path, "/checkout/billing");
        let page = self.submit(&page, "/checkout/billing", &[("same", "yes")]).await;
        assert_eq!(page.path, "/checkout/payment");
        page
    }
}

impl Page {
    /// The hidden fields of the first form that leads to `action`.
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let form = self.body.split("<form").find(|form| form.contains(&format!("action=\"{action}\"")));
        let form = form.unwrap_or_else(|| panic!("no form for {action} on {}", self.path));
        let form = form.split("</form>").next().unwrap_or(form);
        let inputs = form.split("<input type=\"hidden\"").skip(1);
        inputs.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect()
    }

    /// One hidden field.
    pub fn hidden_field(&self, action: &str, name: &str) -> String {
        let fields = self.hidden(action);
        fields.into_iter().find(|(field, _)| field == name).map(|(_, value)| value).expect(name)
    }

    /// What the page tells the tracker.
    pub fn calls(&self) -> Vec<(String, Value)> {
        serde_json::from_str(self.between("id=\"calls\">", "</script>")).expect("calls")
    }

    /// The names of the calls, in order.
    pub fn names(&self) -> Vec<String> {
        self.calls().into_iter().map(|(name, _)| name).collect()
    }

    /// The data of the only call of that name.
    pub fn call(&self, name: &str) -> Value {
        let mut found: Vec<_> = self.calls().into_iter().filter(|(call, _)| call == name).collect();
        assert_eq!(found.len(), 1, "{name} in {:?} of {}", self.names(), self.path);
        found.remove(0).1
    }

    /// The text of the element with this id.
    pub fn text(&self, id: &str) -> &str {
        let after = self.between(&format!("id=\"{id}\""), "</");
        after.split_once('>').map_or(after, |(_, text)| text)
    }

    /// Whether an element has this id.
    pub fn has(&self, id: &str) -> bool {
        self.body.contains(&format!("id=\"{id}\""))
    }

    /// What the input with this id holds.
    pub fn value(&self, id: &str) -> String {
        attribute(self.between(&format!("id=\"{id}\""), ">"), "value")
    }

    fn between(&self, from: &str, to: &str) -> &str {
        let (_, after) = self.body.split_once(from).unwrap_or_else(|| panic!("no {from} on {}", self.path));
        after.split_once(to).map_or(after, |(text, _)| text)
    }
}

fn attribute(element: &str, name: &str) -> String {
    let after = element.split_once(&format!("{name}=\"")).map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default().into()
}
