#include <wirejit/pb_import.h>  // A Protobuf message, read, changed and written by its schema.
#include <wirejit/record_codec.h>
int main() {
  const auto schema = wirejit::pb::load_proto({"examples/orders.proto"}).value();
  const auto type = schema.find_struct("shop.Order").value();
  const auto codec = wirejit::Engine::shared().record_codec(type, wirejit::pb::wire).value();
  wirejit::Arena arena;
  auto order = codec.decode("\x08\x07", arena).value();  // field 1, id: 7
  std::string bytes;
  if (!order.set("id", 8) || !codec.encode(order, bytes)) return 1;
  return bytes == "\x08\x08" && order.get<int>("id") == 8 ? 0 : 1;
}
