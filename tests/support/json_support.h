// Shared by the tests of JSON: reads JSON and writes JSON with an EngineMatrix. Entry: Rewriter.
#pragma once

#include "tests/support/engine_matrix.h"

#include <wirejit/json.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace wirejit::test {

using json::TextOptions;

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
      : in_(json::text(in)),
        out_(json::text(out)),
        matrix_(schema, type, {in_, out_},
                {.options = options, .through_record = ThroughRecord::code}) {}
  explicit Rewriter(std::string_view type, const TextOptions& in = {}, const TextOptions& out = {})
      : Rewriter(load_idl(""), type, in, out) {}

  Outcome run(std::string_view text) { return matrix_.transcode(in_, out_, text); }

  // The text written, or the name of the error with its offset: "syntax@3".
  std::string operator()(std::string_view text) { return run(text).shown(); }
  Errc code(std::string_view text) { return run(text).code; }
  const Transcoder& transcoder() { return matrix_.transcoder(in_, out_); }

 private:
  Format in_;
  Format out_;
  EngineMatrix matrix_;
};

}  // namespace wirejit::test
