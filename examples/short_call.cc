#include <wirejit/rpc/payload_codec.h>  // A call with a JSON body, as a message of Thrift Binary.
#include <wirejit/thrift.h>
namespace rpc = wirejit::rpc;
int main() {
  const auto schema = wirejit::thrift::load_text("service S { i32 price(1: string sku) }").value();
  const auto plan = rpc::Plan::make(wirejit::Engine::shared(), schema).value();
  const auto codec = rpc::thrift_binary(plan).value();
  rpc::Message call, read;
  call.method = "price";
  call.body = rpc::Body::json(R"({"sku": "A-1"})");
  wirejit::Chain bytes;  // 80 01 00 01, the name, its number, the struct of the arguments
  wirejit::Arena arena;
  rpc::Want json{.body = rpc::Body::Kind::json};
  if (!codec->marshal(call, bytes) || !codec->unmarshal(bytes, {}, json, arena, read)) return 1;
  return read.method == "price" && read.body.text() == R"({"sku":"A-1"})" ? 0 : 1;
}
