// What the JSON tests share: JSON in, JSON out, on every engine of this machine, with input that
// ends at an inaccessible page. Entry: Rewriter. Invariant: engines that disagree in text, code,
// offset or path fail the test.
#pragma once

#include "tests/kernels_support.h"

#include <wirejit/json.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::tests {

using json::TextOptions;

struct Outcome {
  Errc code = Errc::ok;
  std::string text;  // if ok
  std::size_t offset = no_offset;
  std::string path;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline void PrintTo(const Outcome& o, std::ostream* out) {
  *out << to_string(o.code) << " " << o.text << " at " << static_cast<std::int64_t>(o.offset)
       << " in '" << o.path << "'";
}

inline Schema load_idl(std::string_view idl) {
  Result<Schema> schema = thrift::load_text(idl);
  if (!schema) {
    ADD_FAILURE() << schema.error().to_string();
    return {};
  }
  return *schema;
}

class Rewriter {
 public:
  // `type` as Schema::find_type takes it.
  Rewriter(const Schema& schema, std::string_view type, const TextOptions& in = {},
           const TextOptions& out = {}, const Options& options = {})
      : pages_(1 << 20) {
    const Result<const Type*> t = schema.find_type(type);
    if (!t) {
      ADD_FAILURE() << t.error().to_string();
      return;
    }
    for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
      const Engine engine({.kind = kind});
      Result<Transcoder> made =
          engine.transcoder(schema, **t, json::with(in), json::with(out), options);
      if (!made) {
        ADD_FAILURE() << made.error().to_string();
        return;
      }
      transcoders_.push_back(std::move(*made));
    }
  }
  explicit Rewriter(std::string_view type, const TextOptions& in = {}, const TextOptions& out = {})
      : Rewriter(load_idl(""), type, in, out) {}

  Outcome run(std::string_view text) {
    std::optional<Outcome> first;
    for (const Transcoder& t : transcoders_) {
      Outcome o;
      Buffer out;
      const std::string_view guarded(pages_.back(text), text.size());
      const Result<void> done = t.transcode(guarded, out);
      if (done) {
        o.text = out.text();
      } else {
        o.code = done.error().code();
        o.offset = done.error().offset();
        o.path = done.error().path();
      }
      if (first) {
        EXPECT_EQ(o, *first) << "engines disagree about " << text;
      } else {
        first = o;
      }
    }
    return first.value_or(Outcome{.code = Errc::internal, .text = {}, .path = {}});
  }

  // The text written, or the name of the error with its offset: "syntax@3".
  std::string operator()(std::string_view text) {
    const Outcome o = run(text);
    return o.code == Errc::ok ? o.text
                              : std::string(to_string(o.code)) + "@" + std::to_string(o.offset);
  }
  Errc code(std::string_view text) { return run(text).code; }
  const Transcoder& transcoder() const { return transcoders_.back(); }

 private:
  kernels::GuardedPages pages_;
  std::vector<Transcoder> transcoders_;
};

}  // namespace wirejit::tests
