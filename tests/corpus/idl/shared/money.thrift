namespace cpp shop.money
enum Currency { EUR = 1, USD, JPY }
struct Price {
  1: i64 amount
  2: Currency currency = Currency.EUR
}
exception Declined { 1: string why }
service Bank { i64 balance(1: string account) throws (1: Declined d) }
