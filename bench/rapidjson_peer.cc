// RapidJSON, bound to BenchMix by hand. Entry: RapidjsonReader::read, RapidjsonWriter::write.
#include "bench/json_peers.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cstring>

namespace wirejit::bench {

// ---- Reading

namespace {

using Allocator = rapidjson::MemoryPoolAllocator<>;
using Document = rapidjson::GenericDocument<rapidjson::UTF8<>, Allocator, Allocator>;
using Value = Document::ValueType;

bool get(const Value& v, std::string& to) {
  if (!v.IsString()) {
    return false;
  }
  to.assign(v.GetString(), v.GetStringLength());
  return true;
}

bool get(const Value& v, double& to) {
  to = v.IsNumber() ? v.GetDouble() : 0;
  return v.IsNumber();
}

bool get(const Value& v, bool& to) {
  to = v.IsTrue();
  return v.IsBool();
}

bool get(const Value& v, std::int32_t& to) {
  to = v.IsInt() ? v.GetInt() : 0;
  return v.IsInt();
}

bool get(const Value& v, std::int64_t& to) {
  to = v.IsInt64() ? v.GetInt64() : 0;
  return v.IsInt64();
}

template <class T>
bool get(const Value& v, std::vector<T>& to) {
  if (!v.IsArray()) {
    return false;
  }
  to.resize(v.Size());
  for (rapidjson::SizeType i = 0; i < v.Size(); ++i) {
    if (!get(v[i], to[i])) {
      return false;
    }
  }
  return true;
}

bool get(const Value& v, BenchAddress& to);

// Takes the members one after another, each of which must have the key that is expected.
class Members {
 public:
  explicit Members(const Value& object) : at_(object.MemberBegin()), end_(object.MemberEnd()) {}

  template <class T, std::size_t n>
  bool next(const char (&key)[n], T& to) {
    if (at_ == end_ || at_->name.GetStringLength() != n - 1 ||
        std::memcmp(at_->name.GetString(), key, n - 1) != 0) {
      return false;
    }
    const bool ok = get(at_->value, to);
    ++at_;
    return ok;
  }

 private:
  Value::ConstMemberIterator at_;
  Value::ConstMemberIterator end_;
};

bool get(const Value& v, BenchAddress& to) {
  if (!v.IsObject()) {
    return false;
  }
  Members m(v);
  return m.next("street", to.street) && m.next("zip", to.zip) && m.next("latitude", to.latitude) &&
         m.next("longitude", to.longitude);
}

}  // namespace

struct RapidjsonReader::Pool {
  std::array<char, 16384> values{};
  std::array<char, 4096> stack{};
};

RapidjsonReader::RapidjsonReader() : pool_(std::make_unique<Pool>()) {}
RapidjsonReader::~RapidjsonReader() = default;

bool RapidjsonReader::read(const PaddedText& text, BenchMix& to) {
  Allocator values(pool_->values.data(), pool_->values.size());
  Allocator stack(pool_->stack.data(), pool_->stack.size());
  Document document(&values, 1024, &stack);
  const std::string_view t = text.text();
  document.Parse(t.data(), t.size());
  if (document.HasParseError() || !document.IsObject()) {
    return false;
  }
  Members m(document);
  return m.next("id", to.id) && m.next("name", to.name) && m.next("email", to.email) &&
         m.next("age", to.age) && m.next("active", to.active) && m.next("score", to.score) &&
         m.next("balance", to.balance) && m.next("address", to.address) &&
         m.next("counts", to.counts) && m.next("tags", to.tags) && m.next("created", to.created) &&
         m.next("visits", to.visits) && m.next("verified", to.verified) &&
         m.next("rating", to.rating) && m.next("status", to.status) && m.next("note", to.note);
}

// ---- Writing

struct RapidjsonWriter::Stream {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
};

namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(Writer& w, const std::string& v) {
  w.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
}
void put(Writer& w, double v) { w.Double(v); }
void put(Writer& w, bool v) { w.Bool(v); }
void put(Writer& w, std::int32_t v) { w.Int(v); }
void put(Writer& w, std::int64_t v) { w.Int64(v); }

template <class T>
void put(Writer& w, const std::vector<T>& v) {
  w.StartArray();
  for (const T& element : v) {
    put(w, element);
  }
  w.EndArray();
}

void put(Writer& w, const BenchAddress& v);

template <std::size_t n, class T>
void member(Writer& w, const char (&key)[n], const T& v) {
  w.Key(key, n - 1);
  put(w, v);
}

void put(Writer& w, const BenchAddress& v) {
  w.StartObject();
  member(w, "street", v.street);
  member(w, "zip", v.zip);
  member(w, "latitude", v.latitude);
  member(w, "longitude", v.longitude);
  w.EndObject();
}

}  // namespace

RapidjsonWriter::RapidjsonWriter() : stream_(std::make_unique<Stream>()) {}
RapidjsonWriter::~RapidjsonWriter() = default;

std::string_view RapidjsonWriter::write(const BenchMix& v) {
  stream_->buffer.Clear();
  Writer& w = stream_->writer;
  w.Reset(stream_->buffer);
  w.StartObject();
  member(w, "id", v.id);
  member(w, "name", v.name);
  member(w, "email", v.email);
  member(w, "age", v.age);
  member(w, "active", v.active);
  member(w, "score", v.score);
  member(w, "balance", v.balance);
  member(w, "address", v.address);
  member(w, "counts", v.counts);
  member(w, "tags", v.tags);
  member(w, "created", v.created);
  member(w, "visits", v.visits);
  member(w, "verified", v.verified);
  member(w, "rating", v.rating);
  member(w, "status", v.status);
  member(w, "note", v.note);
  w.EndObject();
  return {stream_->buffer.GetString(), stream_->buffer.GetSize()};
}

}  // namespace wirejit::bench
