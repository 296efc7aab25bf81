// Converts one format to another, with a schema that is read when the program runs. No object is
// made in between.
#include <wirejit/codec.h>
#include <wirejit/json.h>
#include <wirejit/thrift.h>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  const auto schema = wirejit::thrift::load_file(argc > 1 ? argv[1] : "examples/orders.thrift");
  if (!schema) {
    std::fprintf(stderr, "%s\n",
                 schema.error().message().c_str());  // file:line:column, with carets
    return 1;
  }
  const auto type = schema->find_type("list<Order>");
  if (!type) return 1;

  const wirejit::Engine engine;
  const auto to_binary = engine.transcoder(*type, wirejit::json::text, wirejit::thrift::binary);
  const auto to_json =
      engine.transcoder(*type, wirejit::thrift::binary, wirejit::json::text({.indent = 2}));
  if (!to_binary || !to_json) return 1;

  wirejit::Buffer bytes;
  const std::string input =
      R"([{"id": 7, "lines": [{"sku": "A-1", "color": "GREEN"}], "unitPrice": 9.75}])";
  if (!to_binary->transcode(input, bytes)) return 1;

  wirejit::Buffer text;
  if (!to_json->transcode(bytes, text)) return 1;
  std::printf("%s", std::string(text.text()).c_str());

  const auto failed =
      to_binary->transcode(R"([{"id": 7, "lines": [{"sku": "A-1"}, {"sku": 5}]}])", bytes);
  if (failed) return 1;
  std::printf("%s\n", failed.error().to_string().c_str());  // what, where, and in which field
  return 0;
}
