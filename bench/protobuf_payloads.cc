// Fills the payloads. Entry: protobuf_payloads(). Invariant: values come from Random only, and no
// expression calls it twice; the official library writes the bytes.
#include "bench/protobuf_payloads.h"

#include "bench/random.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/pb.h>

#include <benchmark/benchmark.h>
#include <google/protobuf/descriptor.pb.h>
#include <peer_protobuf/bench.pb.h>
#include <peer_protobuf/bench_rotation.pb.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

namespace wirejit::bench {
namespace {

namespace gp = google::protobuf;
namespace peer = ::peer_protobuf;

constexpr std::size_t small_messages = 256;   // of order and deep
constexpr std::size_t sparse_messages = 512;  // of sparse
constexpr std::size_t large_messages = 4;     // of telemetry and strings
constexpr int numbers = 65'536;               // of packed-int and packed-double
constexpr int texts = 4096;                   // of strings
constexpr int levels = 30;                    // of deep
constexpr int spans = 100;                    // of telemetry
constexpr std::size_t rotation_rounds = 4;    // messages of each type of rotation
constexpr int sparse_fields = 8;              // that are set

// ---- Types

template <class T>
bool parse_fresh(std::string_view bytes) {
  T message;
  const bool ok = message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  benchmark::DoNotOptimize(&message);
  return ok;
}

Schema load(const gp::FileDescriptor& file) {
  gp::FileDescriptorProto described;
  file.CopyTo(&described);
  const std::string bytes = test::serialized(described);
  const Bytes one[] = {as_bytes(bytes)};
  Result<Schema> schema = pb::load_protos(one);
  if (!schema) {
    throw std::runtime_error(schema.error().to_string());
  }
  return *std::move(schema);
}

// Loads each file once.
class Types {
 public:
  template <class T>
  ProtobufType get() {
    const gp::Descriptor& type = *T::descriptor();
    Result<RecordType> record = RecordType::make(schema_of(*type.file()), type.name());
    if (!record) {
      throw std::runtime_error(record.error().to_string());
    }
    return {&T::default_instance(), &parse_fresh<T>, *std::move(record)};
  }

 private:
  const Schema& schema_of(const gp::FileDescriptor& file) {
    const auto found = schemas_.find(&file);
    return found != schemas_.end() ? found->second
                                   : schemas_.emplace(&file, load(file)).first->second;
  }

  std::map<const gp::FileDescriptor*, Schema> schemas_;
};

// ---- Values of any type, for sparse and rotation

// Of any length up to so many bits.
std::uint64_t magnitude(Random& r, std::int64_t bits) {
  const std::int64_t shift = r.between(64 - bits, 63);
  return r.next() >> shift;
}

void fill(gp::Message& m, Random& r, int depth);

void fill_field(gp::Message& m, const gp::FieldDescriptor& f, Random& r, int depth) {
  const gp::Reflection& reflection = *m.GetReflection();
  const bool many = f.is_repeated();
  const auto put = [&](auto set, auto add, auto&& value) {
    many ? (reflection.*add)(&m, &f, value) : (reflection.*set)(&m, &f, value);
  };
  using F = gp::FieldDescriptor;
  using R = gp::Reflection;
  switch (f.cpp_type()) {
    case F::CPPTYPE_BOOL: return put(&R::SetBool, &R::AddBool, r.chance(70));
    case F::CPPTYPE_INT32: {
      const auto value = static_cast<std::int32_t>(magnitude(r, 20));
      return put(&R::SetInt32, &R::AddInt32, r.chance(10) ? -value : value);
    }
    case F::CPPTYPE_UINT32:
      return put(&R::SetUInt32, &R::AddUInt32, static_cast<std::uint32_t>(magnitude(r, 28)));
    case F::CPPTYPE_INT64: {
      const auto value = static_cast<std::int64_t>(magnitude(r, 50));
      return put(&R::SetInt64, &R::AddInt64, r.chance(10) ? -value : value);
    }
    case F::CPPTYPE_UINT64: return put(&R::SetUInt64, &R::AddUInt64, magnitude(r, 56));
    case F::CPPTYPE_FLOAT:
      return put(&R::SetFloat, &R::AddFloat, static_cast<float>(r.decimal(-100, 100, 2)));
    case F::CPPTYPE_DOUBLE: return put(&R::SetDouble, &R::AddDouble, r.decimal(-1000, 1000, 4));
    case F::CPPTYPE_ENUM: {
      const int last = f.enum_type()->value_count() - 1;
      const int value = f.enum_type()->value(static_cast<int>(r.between(0, last)))->number();
      return put(&R::SetEnumValue, &R::AddEnumValue, value);
    }
    case F::CPPTYPE_STRING: {
      const std::string value = f.type() == F::TYPE_BYTES ? r.bytes(8, 32) : r.word(4, 24);
      return many ? reflection.AddString(&m, &f, value) : reflection.SetString(&m, &f, value);
    }
    case F::CPPTYPE_MESSAGE:
      return fill(many ? *reflection.AddMessage(&m, &f) : *reflection.MutableMessage(&m, &f), r,
                  depth + 1);
  }
}

// Sets most fields; of a oneof, one.
void fill(gp::Message& m, Random& r, int depth) {
  const gp::Descriptor& type = *m.GetDescriptor();
  std::map<const gp::OneofDescriptor*, int> chosen;
  for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
    const gp::OneofDescriptor& oneof = *type.oneof_decl(i);
    chosen[&oneof] = static_cast<int>(r.between(0, oneof.field_count() - 1));
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const gp::FieldDescriptor& f = *type.field(i);
    const gp::OneofDescriptor* const oneof = f.real_containing_oneof();
    const bool deeper = f.cpp_type() == gp::FieldDescriptor::CPPTYPE_MESSAGE;
    const unsigned percent = deeper && depth >= 2 ? 10 : 85;
    if (oneof != nullptr ? oneof->field(chosen[oneof]) != &f : !r.chance(percent)) {
      continue;
    }
    for (std::int64_t n = f.is_repeated() ? r.between(1, 6 - depth) : 1; n > 0; --n) {
      fill_field(m, f, r, depth);
    }
  }
}

// ---- Values of the other payloads

void fill_order(peer::Order& order, Random& r) {
  order.set_id(static_cast<std::int64_t>(magnitude(r, 48)));
  *order.mutable_user() = r.word(3, 9) + "@example.com";
  for (int i = 0; i < 10; ++i) {
    peer::OrderItem& item = *order.add_items();
    item.set_sku(static_cast<std::int64_t>(magnitude(r, 40)));
    item.set_title(r.word(6, 18));
    item.set_price(r.decimal(0, 500, 2));
    item.set_quantity(static_cast<std::int32_t>(r.between(1, 200)));
    item.set_gift(r.chance(30));
    for (int k = 0; k < 5; ++k) {
      item.add_stock(static_cast<std::int32_t>(magnitude(r, 16)));
    }
  }
  while (order.labels_size() < 3) {
    const std::string key = r.word(3, 8);
    (*order.mutable_labels())[key] = r.word(4, 14);
  }
  order.set_placed(1'700'000'000'000'000'000 + r.next() % 100'000'000'000'000'000);
  order.set_status(static_cast<peer::OrderStatus>(r.between(0, 3)));
}

void fill_attribute(peer::Attribute& attribute, Random& r) {
  static constexpr const char* keys[] = {
      "service.name", "http.request.method", "http.route",     "url.path", "server.port",
      "db.system",    "net.peer.name",       "retries.so_far", "thread",   "cache.hit"};
  attribute.set_key(keys[r.size(0, std::size(keys) - 1)]);
  peer::AttributeValue& value = *attribute.mutable_value();
  switch (r.between(0, 7)) {
    case 0: return value.set_flag(r.chance(50));
    case 1: return value.set_real(r.decimal(0, 1000, 3));
    case 2:
    case 3: return value.set_whole(static_cast<std::int64_t>(magnitude(r, 32)));
    default: return value.set_text(r.word(4, 24));
  }
}

void fill_span(peer::Span& span, const std::string& trace, const std::string& parent, Random& r) {
  span.set_trace_id(trace);
  span.set_span_id(r.bytes(8, 8));
  span.set_parent_id(parent);
  span.set_name(r.word(5, 20));
  span.set_kind(static_cast<peer::SpanKind>(r.between(1, 3)));
  span.set_start(1'700'000'000'000'000'000 + r.next() % 1'000'000'000'000);
  span.set_end(span.start() + r.next() % 1'000'000'000);
  for (std::int64_t n = r.between(3, 7); n > 0; --n) {
    fill_attribute(*span.add_attributes(), r);
  }
  for (std::int64_t n = r.chance(20) ? r.between(1, 3) : 0; n > 0; --n) {
    peer::SpanEvent& event = *span.add_events();
    event.set_time(span.start() + r.next() % 1'000'000);
    event.set_name(r.word(5, 20));
    fill_attribute(*event.add_attributes(), r);
  }
  if (r.chance(10)) {
    span.mutable_status()->set_code(2);
    span.mutable_status()->set_message(r.word(10, 30));
  }
}

void fill_telemetry(peer::Telemetry& telemetry, Random& r) {
  for (int i = 0; i < 8; ++i) {
    fill_attribute(*telemetry.mutable_resource()->add_attributes(), r);
  }
  peer::ScopeSpans& scope = *telemetry.add_scopes();
  scope.mutable_scope()->set_name(r.word(8, 16));
  scope.mutable_scope()->set_version("1.4.2");
  std::string trace;
  std::string parent;
  for (int i = 0; i < spans; ++i) {
    if (i % 10 == 0) {
      trace = r.bytes(16, 16);
      parent.clear();
    }
    peer::Span& span = *scope.add_spans();
    fill_span(span, trace, parent, r);
    parent = span.span_id();
  }
}

void fill_packed_int(peer::PackedInt& list, Random& r) {
  for (int i = 0; i < numbers; ++i) {
    list.add_values(static_cast<std::int64_t>(magnitude(r, 64)));
  }
}

void fill_packed_double(peer::PackedDouble& list, Random& r) {
  for (int i = 0; i < numbers; ++i) {
    list.add_values(r.decimal(-1'000'000, 1'000'000, 6));
  }
}

void fill_strings(peer::Strings& list, Random& r) {
  for (int i = 0; i < texts; ++i) {
    list.add_values(r.word(8, 32));
  }
}

void fill_deep(peer::Deep& outermost, Random& r) {
  peer::Deep* deep = &outermost;
  for (int i = 1; i <= levels; ++i) {
    deep->set_level(i);
    deep->set_name(r.word(4, 16));
    deep->set_offset(r.between(-5000, 5000));
    deep = i < levels ? deep->mutable_inner() : deep;
  }
}

// ---- Payloads

// Reads the message and writes it deterministically, both with the official library; throws if it
// does not read it.
std::string canonical(const gp::Message& prototype, std::string_view bytes) {
  const std::unique_ptr<gp::Message> m(prototype.New());
  if (!m->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw std::runtime_error("libprotobuf does not read a payload");
  }
  return test::serialized(*m);
}

template <class T, class Fill>
ProtobufPayload payload(std::string name, Types& types, std::uint64_t seed, std::size_t count,
                        Fill make) {
  ProtobufPayload p{std::move(name), {types.get<T>()}, {}};
  Random r(seed);
  for (std::size_t i = 0; i < count; ++i) {
    T message;
    make(message, r);
    std::string bytes = test::serialized(message);
    p.messages.push_back({0, bytes, bytes});
  }
  return p;
}

// Each message has eight random fields in a random order.
ProtobufPayload sparse(Types& types) {
  ProtobufPayload p{"sparse", {types.get<peer::Sparse>()}, {}};
  const gp::Descriptor& type = *peer::Sparse::descriptor();
  Random r(27);
  for (std::size_t i = 0; i < sparse_messages; ++i) {
    std::string bytes;
    std::vector<int> left(static_cast<std::size_t>(type.field_count()));
    for (std::size_t k = 0; k < left.size(); ++k) {
      left[k] = static_cast<int>(k);
    }
    for (int n = 0; n < sparse_fields; ++n) {
      const auto at = static_cast<std::ptrdiff_t>(r.size(0, left.size() - 1));
      peer::Sparse one;
      fill_field(one, *type.field(left[static_cast<std::size_t>(at)]), r, 0);
      left.erase(left.begin() + at);
      bytes += test::serialized(one);
    }
    p.messages.push_back({0, bytes, canonical(*p.types[0].prototype, bytes)});
  }
  return p;
}

template <class... T>
std::vector<ProtobufType> all(Types& types) {
  return {types.get<T>()...};
}

ProtobufPayload rotation(Types& types) {
  using namespace ::peer_protobuf;
  ProtobufPayload p{
      "rotation",
      all<Person, Invoice, Sensor, Route, LogLine, Account, Folder, Answer, Shape, Counters,
          Package, Chat, Market, Job, Profile, Build, Frame, Lookup, Line, Hit>(types),
      {}};
  Random r(29);
  for (std::size_t i = 0; i < rotation_rounds * p.types.size(); ++i) {
    const std::size_t type = i % p.types.size();
    const gp::Message& prototype = *p.types[type].prototype;
    const std::unique_ptr<gp::Message> m(prototype.New());
    fill(*m, r, 0);
    const std::string bytes = canonical(prototype, test::serialized(*m));  // each map key once
    p.messages.push_back({type, bytes, bytes});
  }
  return p;
}

ProtobufPayload descriptor(Types& types) {
  ProtobufPayload p{"descriptor", {types.get<gp::FileDescriptorSet>()}, {}};
  std::ifstream file(WIREJIT_BENCH_DESCRIPTOR, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) {
    throw std::runtime_error(std::string("cannot read ") + WIREJIT_BENCH_DESCRIPTOR);
  }
  p.messages.push_back({0, bytes, canonical(*p.types[0].prototype, bytes)});
  return p;
}

}  // namespace

std::size_t ProtobufPayload::average_bytes() const {
  std::size_t sum = 0;
  for (const ProtobufMessage& m : messages) {
    sum += m.bytes.size();
  }
  return sum / messages.size();
}

bool ProtobufPayload::means(const ProtobufMessage& message, std::string_view bytes) const try {
  return canonical(*types[message.type].prototype, bytes) == message.canonical;
} catch (const std::exception&) {
  return false;
}

std::vector<ProtobufPayload> protobuf_payloads() {
  Types types;
  std::vector<ProtobufPayload> all;
  all.push_back(payload<peer::Order>("order", types, 21, small_messages, fill_order));
  all.push_back(payload<peer::Telemetry>("telemetry", types, 22, large_messages, fill_telemetry));
  all.push_back(payload<peer::PackedInt>("packed-int", types, 23, 1, fill_packed_int));
  all.push_back(payload<peer::PackedDouble>("packed-double", types, 24, 1, fill_packed_double));
  all.push_back(payload<peer::Strings>("strings", types, 25, large_messages, fill_strings));
  all.push_back(payload<peer::Deep>("deep", types, 26, small_messages, fill_deep));
  all.push_back(sparse(types));
  all.push_back(descriptor(types));
  all.push_back(rotation(types));
  return all;
}

}  // namespace wirejit::bench
