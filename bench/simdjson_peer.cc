// simdjson's on-demand reader, bound to BenchMix by hand. Entry: SimdjsonReader::read,
// SimdjsonSkipper::skip.
// This file is compiled for the machine that builds it (see CMakeLists.txt): on-demand code is
// inlined into its user and chooses its instructions when it is compiled, not when it runs.
#include "bench/json_peers.h"

#include <simdjson.h>

#include <cstdint>
#include <limits>

namespace wirejit::bench {

using namespace simdjson;  // NOLINT: as in simdjson's examples

struct SimdjsonReader::Parser {
  ondemand::parser parser;
};

namespace {

bool get(ondemand::object& object, std::string_view key, std::string& to) {
  std::string_view text;
  if (object.find_field(key).get(text) != SUCCESS) {
    return false;
  }
  to.assign(text);
  return true;
}

template <class T>
bool get(ondemand::object& object, std::string_view key, T& to) {
  return object.find_field(key).get(to) == SUCCESS;
}

bool narrow(std::int64_t wide, std::int32_t& to) {
  to = static_cast<std::int32_t>(wide);
  return to == wide;
}

bool get(ondemand::object& object, std::string_view key, std::int32_t& to) {
  std::int64_t wide = 0;
  return object.find_field(key).get(wide) == SUCCESS && narrow(wide, to);
}

bool get(ondemand::object& object, std::string_view key, std::vector<std::int32_t>& to) {
  ondemand::array array;
  if (object.find_field(key).get(array) != SUCCESS) {
    return false;
  }
  to.clear();
  for (auto element : array) {
    std::int64_t wide = 0;
    if (element.get(wide) != SUCCESS || !narrow(wide, to.emplace_back())) {
      return false;
    }
  }
  return true;
}

// Strings of a used object keep their memory.
bool get(ondemand::object& object, std::string_view key, std::vector<std::string>& to) {
  ondemand::array array;
  if (object.find_field(key).get(array) != SUCCESS) {
    return false;
  }
  std::size_t n = 0;
  for (auto element : array) {
    std::string_view text;
    if (element.get(text) != SUCCESS) {
      return false;
    }
    if (n < to.size()) {
      to[n].assign(text);
    } else {
      to.emplace_back(text);
    }
    ++n;
  }
  to.resize(n);
  return true;
}

bool get(ondemand::object& object, std::string_view key, BenchAddress& to) {
  ondemand::object inner;
  return object.find_field(key).get(inner) == SUCCESS && get(inner, "street", to.street) &&
         get(inner, "zip", to.zip) && get(inner, "latitude", to.latitude) &&
         get(inner, "longitude", to.longitude);
}

}  // namespace

SimdjsonReader::SimdjsonReader() : parser_(std::make_unique<Parser>()) {}
SimdjsonReader::~SimdjsonReader() = default;

// The implementation that on-demand code is compiled for, and the one that finds the structure.
#define WIREJIT_BENCH_TEXT_(x) #x
#define WIREJIT_BENCH_TEXT(x) WIREJIT_BENCH_TEXT_(x)
std::string SimdjsonReader::implementation() {
  return std::string(WIREJIT_BENCH_TEXT(SIMDJSON_BUILTIN_IMPLEMENTATION)) + ", " +
         get_active_implementation()->name();
}

bool SimdjsonReader::read(const PaddedText& text, BenchMix& to) {
  static_assert(PaddedText::padding >= SIMDJSON_PADDING);
  const std::string_view t = text.text();
  ondemand::document document;
  ondemand::object o;
  if (parser_->parser.iterate(padded_string_view(t.data(), t.size(), t.size() + SIMDJSON_PADDING))
              .get(document) != SUCCESS ||
      document.get_object().get(o) != SUCCESS) {
    return false;
  }
  return get(o, "id", to.id) && get(o, "name", to.name) && get(o, "email", to.email) &&
         get(o, "age", to.age) && get(o, "active", to.active) && get(o, "score", to.score) &&
         get(o, "balance", to.balance) && get(o, "address", to.address) &&
         get(o, "counts", to.counts) && get(o, "tags", to.tags) && get(o, "created", to.created) &&
         get(o, "visits", to.visits) && get(o, "verified", to.verified) &&
         get(o, "rating", to.rating) && get(o, "status", to.status) && get(o, "note", to.note);
}

struct SimdjsonSkipper::Parser {
  ondemand::parser parser;
};

SimdjsonSkipper::SimdjsonSkipper() : parser_(std::make_unique<Parser>()) {}
SimdjsonSkipper::~SimdjsonSkipper() = default;

bool SimdjsonSkipper::skip(const PaddedText& text) {
  const std::string_view t = text.text();
  ondemand::document document;
  ondemand::array array;
  std::string_view raw;
  return parser_->parser
                 .iterate(padded_string_view(t.data(), t.size(), t.size() + SIMDJSON_PADDING))
                 .get(document) == SUCCESS &&
         document.get_array().get(array) == SUCCESS && array.raw_json().get(raw) == SUCCESS &&
         raw.size() == t.size();
}

}  // namespace wirejit::bench
