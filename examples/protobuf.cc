// Protobuf by a schema that is read when the program runs: JSON to a message and back in one pass,
// and messages as records. Usage: protobuf [SET]   (a descriptor set; else the .proto text is read)
#include <wirejit/pb_import.h>
#include <wirejit/record_codec.h>

#include <cstdio>
#include <string>

namespace pb = wirejit::pb;

int main(int argc, char** argv) {
  const auto schema = argc > 1 ? pb::load_file(argv[1]) : pb::load_proto({"examples/orders.proto"});
  if (!schema) {
    std::fprintf(stderr, "%s\n", schema.error().message().c_str());
    return 1;
  }
  const auto order = schema->find_struct("shop.Order");
  if (!order) return 1;

  const wirejit::Engine engine;
  const auto to_bytes = engine.transcoder(*order, pb::json, pb::wire);
  const auto to_json = engine.transcoder(*order, pb::wire, pb::json);
  const auto type = wirejit::RecordType::make(*order, {.keep_unknown = true});
  if (!to_bytes || !to_json || !type) return 1;
  const auto codec = engine.record_codec(*type, pb::wire);
  if (!codec) return 1;

  wirejit::Buffer bytes;  // transcoded from JSON without an object in between
  const std::string json = R"({"id": "7", "placed": "2026-05-01T10:00:00Z", "voucher": "-3",
    "lines": [{"sku": "A-1", "quantity": 2, "color": "GREEN"}, {"sku": "B-2"}]})";
  if (!to_bytes->transcode(json, bytes)) return 1;

  wirejit::Arena arena;  // reset() it for the next message
  auto record = codec->decode(bytes, arena);
  if (!record) return 1;
  for (const wirejit::RecordView line : record->list<wirejit::RecordView>("lines")) {
    std::printf("%s: %d\n", std::string(line.get<std::string_view>("sku").value_or("")).c_str(),
                line.get<std::int32_t>("quantity").value_or(0));
  }
  if (record->has("voucher")) {  // which member of the oneof came
    record->clear("voucher");
    if (!record->set("card", "4711")) return 1;
  }

  wirejit::Buffer changed;
  wirejit::Buffer text;
  if (!codec->encode(*record, changed) || !to_json->transcode(changed, text)) return 1;
  std::printf("%zu bytes, %zu when changed: %s\n", bytes.size(), changed.size(),
              std::string(text.text()).c_str());

  const auto cut = codec->decode(bytes.bytes().first(bytes.size() - 1), arena);
  if (cut) return 1;
  std::printf("%s\n", cut.error().to_string().c_str());
  return 0;
}
