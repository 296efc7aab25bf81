// The cost of making Protobuf codecs: loading the descriptors of 100 messages, and compiling their
// decoders and encoders. Entry: add_protobuf_compile. Invariant: each iteration starts with an
// engine that has compiled nothing.
#include "bench/compile_all.h"
#include "bench/measure.h"
#include "bench/protobuf_structs.h"

#include <wirejit/pb.h>
#include <wirejit/record_codec.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <string_view>

namespace wirejit::bench {
namespace {

namespace gp = google::protobuf;
using Proto = gp::FieldDescriptorProto;

Proto& add_field(gp::DescriptorProto& message, const std::string& field, Proto::Type type,
                 Proto::Label label = Proto::LABEL_OPTIONAL) {
  Proto& f = *message.add_field();
  f.set_name(field);
  f.set_number(message.field_size());
  f.set_type(type);
  f.set_label(label);
  return f;
}

// As ProtobufTen.
void fill_message(gp::DescriptorProto& message, const std::string& own_name) {
  message.set_name(own_name);
  add_field(message, "flag", Proto::TYPE_BOOL);
  add_field(message, "count", Proto::TYPE_INT32);
  add_field(message, "mask", Proto::TYPE_UINT32);
  add_field(message, "offset", Proto::TYPE_SINT64);
  add_field(message, "time", Proto::TYPE_FIXED64);
  add_field(message, "ratio", Proto::TYPE_DOUBLE);
  add_field(message, "name", Proto::TYPE_STRING);
  add_field(message, "blob", Proto::TYPE_BYTES);
  add_field(message, "values", Proto::TYPE_INT64, Proto::LABEL_REPEATED);
  add_field(message, "entries", Proto::TYPE_MESSAGE, Proto::LABEL_REPEATED)
      .set_type_name("EntriesEntry");
  gp::DescriptorProto& entry = *message.add_nested_type();
  entry.set_name("EntriesEntry");
  entry.mutable_options()->set_map_entry(true);
  add_field(entry, "key", Proto::TYPE_STRING);
  add_field(entry, "value", Proto::TYPE_INT32);
}

// A serialized FileDescriptorSet.
std::string hundred_messages() {
  gp::FileDescriptorSet set;
  gp::FileDescriptorProto& file = *set.add_file();
  file.set_name("hundred.proto");
  file.set_package("hundred");
  file.set_syntax("proto3");
  for (std::size_t i = 0; i < compiled_types; ++i) {
    fill_message(*file.add_message_type(), "Message" + std::to_string(i));
  }
  return set.SerializeAsString();
}

void load(benchmark::State& state) {
  const std::string bytes = hundred_messages();
  measure(state, bytes.size(), [&] {
    const Result<Schema> schema = pb::load(as_bytes(bytes));
    benchmark::DoNotOptimize(&schema);
    return schema && schema->structs().size() == compiled_types;
  });
}

// The official library: parses the set and makes a pool from it.
void load_peer(benchmark::State& state) {
  const std::string bytes = hundred_messages();
  measure(state, bytes.size(), [&] {
    gp::FileDescriptorSet set;
    gp::DescriptorPool pool;
    const gp::FileDescriptor* const file =
        set.ParseFromString(bytes) ? pool.BuildFile(set.file(0)) : nullptr;
    benchmark::DoNotOptimize(file);
    return file != nullptr && file->message_type_count() == static_cast<int>(compiled_types);
  });
}

void decoders(benchmark::State& state, EngineOptions::Kind kind) {
  compile_all(state, kind, pb::load(as_bytes(hundred_messages())),
              [](const Engine& engine, const Schema& schema, const StructType& type) {
                return engine.decoder<ProtobufTen>({schema, type}, pb::wire);
              });
}

void encoders(benchmark::State& state, EngineOptions::Kind kind) {
  compile_all(state, kind, pb::load(as_bytes(hundred_messages())),
              [](const Engine& engine, const Schema& schema, const StructType& type) {
                return engine.encoder<ProtobufTen>({schema, type}, pb::wire);
              });
}

// Layout, decoder and encoder of records.
void records(benchmark::State& state, EngineOptions::Kind kind) {
  compile_all(state, kind, pb::load(as_bytes(hundred_messages())),
              [](const Engine& engine, const Schema& schema, const StructType& type) {
                const Result<RecordType> layout = RecordType::make({schema, type});
                return layout ? engine.record_codec(*layout, pb::wire)
                              : std::unexpected(layout.error());
              });
}

}  // namespace

void add_protobuf_compile() {
  constexpr auto jit = EngineOptions::Kind::jit;
  constexpr auto interpret = EngineOptions::Kind::interpret;
  add(name("compile", "protobuf-descriptor", "100-messages", "load"), load);
  add(name("compile", "protobuf-descriptor", "100-messages", "libprotobuf"), load_peer);
  const auto put = [](std::string_view engine, auto body) {
    add(name("compile", "protobuf", "100-messages", engine), body);
  };
  put("decode", [](benchmark::State& s) { decoders(s, jit); });
  put("encode", [](benchmark::State& s) { encoders(s, jit); });
  put("record-both", [](benchmark::State& s) { records(s, jit); });
  put("decode-interp", [](benchmark::State& s) { decoders(s, interpret); });
  put("encode-interp", [](benchmark::State& s) { encoders(s, interpret); });
}

}  // namespace wirejit::bench
