// Data without C++ types: decoded into an arena, read and changed by name, written again.
#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <cstdio>
#include <string>

int main() {
  const auto schema = wirejit::thrift::load_file("examples/orders.thrift");
  if (!schema) return 1;
  const auto type = wirejit::RecordType::make(*schema, "Order");
  if (!type) return 1;
  const wirejit::Engine engine;
  const auto codec = engine.record_codec(*type, wirejit::json::text);
  const auto id_of = type->handle<std::int64_t>("id");  // found once: reading is one load
  if (!codec || !id_of) return 1;

  wirejit::Arena arena;  // reset() it for the next message: once warm, nothing is allocated
  auto order = codec->decode(
      R"({"id": 7, "lines": [{"sku": "A-1"}, {"sku": "B-2", "quantity": 3}]})", arena);
  if (!order) return 1;

  std::int64_t total = 0;
  for (const wirejit::RecordView line : order->list<wirejit::RecordView>("lines")) {
    total += line.get<std::int64_t>("quantity").value_or(0);
  }
  std::printf("order %lld has %lld pieces\n", static_cast<long long>(order->get(*id_of)),
              static_cast<long long>(total));

  if (!order->set("price", 1.5) || !order->edit_map("notes")->set("gift", "yes")) return 1;
  wirejit::Buffer text;
  if (!codec->encode(*order, text)) return 1;
  std::printf("%s\n", std::string(text.text()).c_str());
  return total == 4 ? 0 : 1;
}
