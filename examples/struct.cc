// A C++ struct, encoded and decoded without generated code.
#include <wirejit/codec.h>
#include <wirejit/json.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

struct Line {
  std::string sku;
  std::int32_t quantity = 1;
};
struct Order {
  std::int64_t id = 0;
  std::vector<Line> lines;
  std::optional<double> price;
};
WIREJIT_STRUCT(Line, (1, sku, wirejit::member::required), (2, quantity))
WIREJIT_STRUCT(Order, (1, id), (2, lines), (3, price, wirejit::member::json_name("unitPrice")))

int main() {
  const wirejit::Engine engine;
  const auto binary = engine.codec<Order>(wirejit::thrift::binary);  // compiled here, once
  const auto json = engine.codec<Order>(wirejit::json::text);
  if (!binary || !json) return 1;

  wirejit::Buffer bytes;
  const Order order{7, {{"A-1", 2}, {"B-2"}}, 9.75};
  if (!binary->encode(order, bytes)) return 1;

  Order back;
  if (const auto read = binary->decode(bytes, back); !read) {
    std::fprintf(stderr, "%s\n", read.error().to_string().c_str());
    return 1;
  }
  wirejit::Buffer text;
  if (!json->encode(back, text)) return 1;
  std::printf("%zu bytes of Thrift Binary, as JSON: %s\n", bytes.size(),
              std::string(text.text()).c_str());
  return back.lines.size() == 2 && back.price == 9.75 ? 0 : 1;
}
