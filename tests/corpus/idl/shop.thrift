/**
 * An online shop: the file's documentation stands before its headers.
 */
namespace cpp shop
namespace java org.example.shop (owner = "backend")
namespace * shop

include "shared/money.thrift"

/** What may happen to an order. */
enum Status {
  NEW,
  PAID = 10 (color = "green"),
  SENT,
  LOST = -3;
  FOUND = 0x20
} (since = "1.2")

typedef i64 (js.type = "bigint") OrderId
typedef list<Item> Items
typedef map<string, Items> ItemsByShelf

const i32 MAX_ITEMS = 100
const money.Currency HOME = money.Currency.EUR
const list<Status> OPEN = [Status.NEW; Status.PAID,]
const map<string, map<i32, double>> RATES = {
  "eur": {1: 1, 2: .5},
  'usd': {},
}

struct Item {
  1: required string sku (json.name = "SKU"),
  2: i32 amount = 1,
  3: optional money.Price price = {"amount": 100, "currency": money.Currency.USD}
  4: binary picture
  5: set<string> tags = ["new", "sale"] (go.tag = 'json:"labels,omitempty"')
}

struct Order {
  1: required OrderId id
  2: Items items = []
  3: Status status = Status.NEW
  4: optional Order previous
  5: ItemsByShelf shelves = {}
  6: Payment & payment
  7: i32 limit = MAX_ITEMS
  8: bool gift = true
  9: double weight = 3
}

union Payment {
  1: string card
  2: required i64 account
  3: bool cash = false
}

exception OutOfStock {
  1: string sku
  2: i32 left
} (deprecated)

service Base {
  void ping()
}

service Shop extends Base {
  /** Places an order. */
  OrderId place(1: Order order, 2: optional bool dry) throws (1: OutOfStock stock, 2: money.Declined declined) (timeout = "5s"),
  oneway void forget(1: OrderId id);
  async void hint(1: string text)
  map<OrderId, Order> find(1: set<Status> states = [Status.NEW])
}

service Everything extends money.Bank {}
