// What the JSON tests share: JSON in, JSON out, on every engine of this machine, with input that
// ends at an inaccessible page. Entry: Rewriter. Invariant: engines that disagree in text, code,
// offset or path fail the test.
#pragma once

#include "tests/support/kernels_support.h"

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
    Options detour = options;
    detour.through_record = true;
    Result<Transcoder> made =
        Engine().transcoder(schema, **t, json::with(in), json::with(out), detour);
    if (made) {
      through_record_.emplace(std::move(*made));
    }
    made = Engine().transcoder(schema, **t, json::with(out), json::with(out), detour);
    if (made) {
      reordered_.emplace(std::move(*made));
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
    if (first) {
      compare_with_record(text, *first);
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
  // One pass gives what the way through a record gives, but for the order of fields.
  void compare_with_record(std::string_view text, const Outcome& one_pass) {
    ASSERT_TRUE(through_record_ && reordered_);
    Buffer out;
    const Result<void> done = through_record_->transcode(text, out);
    ASSERT_EQ(done.has_value(), one_pass.code == Errc::ok) << text;
    if (!done) {
      EXPECT_EQ(done.error().code(), one_pass.code) << text;
      return;
    }
    if (out.text() != one_pass.text) {
      Buffer again;
      ASSERT_TRUE(reordered_->transcode(std::string_view(one_pass.text), again)) << one_pass.text;
      EXPECT_EQ(out.text(), again.text()) << text << "\n" << one_pass.text;
    }
  }

  kernels::GuardedPages pages_;
  std::vector<Transcoder> transcoders_;
  std::optional<Transcoder> through_record_;
  std::optional<Transcoder> reordered_;
};

}  // namespace wirejit::tests
