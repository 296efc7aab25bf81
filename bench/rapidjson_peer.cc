// RapidJSON, bound to BenchMix by hand. Entry: RapidjsonReader::read, RapidjsonWriter::write.
#include "bench/json_peers.h"

#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string_view>

namespace wirejit::bench {

// ---- Reading

namespace {

// The keys in the order of the text; those of the address follow the key "address".
enum Field : std::uint8_t {
  id,
  name,
  email,
  age,
  active,
  score,
  balance,
  address,
  street,
  zip,
  latitude,
  longitude,
  counts,
  tags,
  created,
  visits,
  verified,
  rating,
  status,
  note,
  fields,
};
constexpr std::string_view keys[fields] = {"id",       "name",      "email",   "age",    "active",
                                           "score",    "balance",   "address", "street", "zip",
                                           "latitude", "longitude", "counts",  "tags",   "created",
                                           "visits",   "verified",  "rating",  "status", "note"};

// Fills a BenchMix from events. Strings and vectors of a used object keep their memory.
class Handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
 public:
  explicit Handler(BenchMix& to) : to_(to) {}
  [[nodiscard]] bool complete() const { return next_ == fields; }

  // All other events.
  bool Default() { return false; }
  bool StartObject() { return next_ == 0 || at_ == address; }
  bool EndObject(rapidjson::SizeType) { return at_ == longitude || at_ == note; }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (next_ == fields || keys[next_] != std::string_view(text, size)) {
      return false;
    }
    at_ = next_++;
    return true;
  }
  bool StartArray() {
    elements_ = 0;
    if (at_ == counts) {
      to_.counts.clear();
    }
    return at_ == counts || at_ == tags;
  }
  bool EndArray(rapidjson::SizeType) {
    if (at_ == tags) {
      to_.tags.resize(elements_);
    }
    return true;
  }
  bool Bool(bool v) {
    (at_ == active ? to_.active : to_.verified) = v;
    return at_ == active || at_ == verified;
  }
  bool Int(int v) { return integer(v); }
  bool Uint(unsigned v) { return integer(v); }
  bool Int64(std::int64_t v) { return integer(v); }
  bool Uint64(std::uint64_t v) { return v <= INT64_MAX && integer(static_cast<std::int64_t>(v)); }
  bool Double(double v) { return real(v); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    switch (at_) {
      case name: to_.name.assign(text, size); return true;
      case email: to_.email.assign(text, size); return true;
      case street: to_.address.street.assign(text, size); return true;
      case zip: to_.address.zip.assign(text, size); return true;
      case status: to_.status.assign(text, size); return true;
      case note: to_.note.assign(text, size); return true;
      case tags: return tag({text, size});
      default: return false;
    }
  }

 private:
  bool integer(std::int64_t v) {
    switch (at_) {
      case id: to_.id = v; return true;
      case created: to_.created = v; return true;
      case age: return narrow(v, to_.age);
      case visits: return narrow(v, to_.visits);
      case counts: return narrow(v, to_.counts.emplace_back());
      default: return real(static_cast<double>(v));
    }
  }
  static bool narrow(std::int64_t v, std::int32_t& to) {
    to = static_cast<std::int32_t>(v);
    return to == v;
  }
  bool real(double v) {
    switch (at_) {
      case score: to_.score = v; return true;
      case balance: to_.balance = v; return true;
      case latitude: to_.address.latitude = v; return true;
      case longitude: to_.address.longitude = v; return true;
      case rating: to_.rating = v; return true;
      default: return false;
    }
  }
  bool tag(std::string_view text) {
    if (elements_ < to_.tags.size()) {
      to_.tags[elements_].assign(text);
    } else {
      to_.tags.emplace_back(text);
    }
    ++elements_;
    return true;
  }

  BenchMix& to_;
  unsigned next_ = 0;  // the expected key
  unsigned at_ = fields;
  std::size_t elements_ = 0;
};

}  // namespace

struct RapidjsonReader::Parser {
  rapidjson::Reader reader;
};

RapidjsonReader::RapidjsonReader() : parser_(std::make_unique<Parser>()) {}
RapidjsonReader::~RapidjsonReader() = default;

bool RapidjsonReader::read(const PaddedText& text, BenchMix& to) {
  // The text is followed by a zero. NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage)
  rapidjson::StringStream stream(text.text().data());
  Handler handler(to);
  return !parser_->reader.Parse(stream, handler).IsError() && handler.complete();
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
