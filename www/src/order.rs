//! Orders: placed once, read as often as anybody likes. Prices and words are copied at the moment of
//! buying, so that a later catalogue changes nothing. Never knows how it was paid beyond that it was.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::basket::{Basket, Totals};
use crate::checkout::{Address, Billing, Checkout, Delivery};
use crate::price::Cents;
use crate::shipping::Method;
use crate::token;
use crate::visit::Failure;

/// Numbers tried before giving up; a clash of two random numbers is rare, four in a row are a fault.
const NUMBER_ATTEMPTS_MAX: u32 = 4;

/// A placed order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Such as `R100234`.
    pub number: String,
    /// The attempt it came from.
    pub checkout_id: String,
    /// The basket it came from.
    pub basket_id: String,
    /// When it arrives, in words.
    pub arrival: String,
    /// Where the confirmation would go.
    pub email: String,
    /// Where the goods go.
    pub address: Address,
    /// Where the invoice goes.
    pub billing: Billing,
    /// How it travels.
    pub method: Method,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What was paid.
    pub totals: Totals,
}

/// One line of an order.
#[derive(Clone, Debug)]
pub struct OrderLine {
    /// Part number.
    pub product: String,
    /// Name at the time.
    pub name: String,
    /// Family at the time.
    pub category: String,
    /// Quantity in words.
    pub amount: String,
    /// Units.
    pub quantity: u32,
    /// Price of one unit at the time.
    pub price: Cents,
}

impl OrderLine {
    /// Price of the whole line.
    pub const fn total(&self) -> Cents {
        self.price.times(self.quantity)
    }
}

/// The orders in the database, inside one visit's transaction.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'t> {
    database: &'t Connection,
}

/// Everything an order is made of.
#[derive(Clone, Copy, Debug)]
pub struct Placement<'a> {
    /// The visitor's session: only it may read the order.
    pub session: &'a str,
    /// The attempt to buy.
    pub checkout: &'a Checkout,
    /// What was accepted on the delivery page.
    pub delivery: &'a Delivery,
    /// What was accepted on the billing page.
    pub billing: &'a Billing,
    /// What is bought.
    pub basket: &'a Basket,
    /// When it arrives, in words.
    pub arrival: &'a str,
    /// Now, in seconds since 1970.
    pub now_s: i64,
}

impl<'t> Orders<'t> {
    /// The orders of this database.
    pub const fn new(database: &'t Connection) -> Self {
        Self { database }
    }

    /// Places an order and answers its number. The caller has made sure that this attempt has none yet;
    /// if it has one after all, the database refuses.
    ///
    /// # Errors
    /// If there is no random number, or the database refuses.
    pub fn place(&self, placement: &Placement<'_>) -> Result<String, Failure> {
        let number = self.free_number()?;
        self.insert(&number, placement)?;
        for (position, line) in (0_u32..).zip(placement.basket.lines()) {
            let product = line.product;
            self.database.execute(
                "INSERT INTO order_line VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![number, position, product.id, product.name, product.family.slug(), line.words(), line.quantity, product.price.0],
            )?;
        }
        Ok(number)
    }

    fn insert(&self, number: &str, placement: &Placement<'_>) -> rusqlite::Result<usize> {
        let Placement { session, checkout, delivery, billing, basket, arrival, now_s } = *placement;
        let invoice = match billing {
            Billing::SameAsDelivery => None,
            Billing::Elsewhere(address) => Some(address),
        };
        self.database.execute(
            "INSERT INTO placed_order VALUES
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            params![
                number,
                checkout.token,
                session,
                checkout.id,
                basket.id,
                now_s,
                arrival,
                delivery.email,
                delivery.address.name,
                delivery.address.street,
                delivery.address.postcode,
                delivery.address.city,
                invoice.map(|a| &a.name),
                invoice.map(|a| &a.street),
                invoice.map(|a| &a.postcode),
                invoice.map(|a| &a.city),
                delivery.method.slug(),
                basket.totals(delivery.method).delivery.0,
            ],
        )
    }

    fn free_number(&self) -> Result<String, Failure> {
        let mut number = token::order_number()?;
        for _ in 1..NUMBER_ATTEMPTS_MAX {
            let sql = "SELECT 1 FROM placed_order WHERE number = ?1";
            if !self.database.prepare_cached(sql)?.exists([&number])? {
                break;
            }
            number = token::order_number()?;
        }
        Ok(number)
    }

    /// The number of the order that this attempt has already made, if the visitor owns it.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn number_of(&self, token: &str, session: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT number FROM placed_order WHERE token = ?1 AND session = ?2";
        self.database.query_row(sql, [token, session], |row| row.get(0)).optional()
    }

    /// The order of this number, if the visitor owns it: its page shows an address.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn find(&self, number: &str, session: &str) -> rusqlite::Result<Option<Order>> {
        let sql = "SELECT number, checkout, basket, arrival, email, name, street, postcode, city,
                   billing_name, billing_street, billing_postcode, billing_city, method, delivery
                   FROM placed_order WHERE number = ?1 AND session = ?2";
        let order = self.database.query_row(sql, [number, session], read_order).optional()?;
        let Some(mut order) = order else {
            return Ok(None);
        };
        let sql = "SELECT product, name, category, amount, quantity, price
                   FROM order_line WHERE number = ?1 ORDER BY position";
        let mut statement = self.database.prepare_cached(sql)?;
        order.lines = statement.query_map([number], read_line)?.collect::<Result<_, _>>()?;
        order.totals.goods = order.lines.iter().map(OrderLine::total).sum();
        Ok(Some(order))
    }

    /// How many orders there are.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn count(&self) -> rusqlite::Result<u32> {
        self.database.query_row("SELECT count(*) FROM placed_order", [], |row| row.get(0))
    }
}

fn read_order(row: &Row<'_>) -> rusqlite::Result<Order> {
    let address = |from: usize| -> rusqlite::Result<Address> {
        Ok(Address { name: row.get(from)?, street: row.get(from + 1)?, postcode: row.get(from + 2)?, city: row.get(from + 3)? })
    };
    let elsewhere = row.get::<_, Option<String>>("billing_name")?.is_some();
    Ok(Order {
        number: row.get("number")?,
        checkout_id: row.get("checkout")?,
        basket_id: row.get("basket")?,
        arrival: row.get("arrival")?,
        email: row.get("email")?,
        address: address(5)?,
        billing: if elsewhere { Billing::Elsewhere(address(9)?) } else { Billing::SameAsDelivery },
        method: Method::find(&row.get::<_, String>("method")?).unwrap_or_default(),
        lines: Vec::new(),
        totals: Totals { goods: Cents(0), delivery: Cents(row.get("delivery")?) },
    })
}

fn read_line(row: &Row<'_>) -> rusqlite::Result<OrderLine> {
    Ok(OrderLine {
        product: row.get("product")?,
        name: row.get("name")?,
        category: row.get("category")?,
        amount: row.get("amount")?,
        quantity: row.get("quantity")?,
        price: Cents(row.get("price")?),
    })
}
