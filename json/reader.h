// JSON text as a Reader. Entry: TextReader. Invariant: reads no byte that was not shown to be
// there; code inline handles compact text, all else (white space, escapes, other orders of keys,
// mistakes) goes to helpers.
#pragma once

#include <wirejit/json.h>

#include "jit/format.h"
#include "json/dialect.h"

namespace wirejit::json {

class TextReader : public jit::Reader {
 public:
  explicit TextReader(const Dialect& options) : options_(options) {}

  [[nodiscard]] bool checks_utf8(const Type& type) const override {
    return type.kind == Kind::string;
  }
  [[nodiscard]] jit::Guarantees guarantees() const override {
    return {.bytes_at = jit::BytesAt::padded};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  [[nodiscard]] std::uint64_t unknown_tag() const override { return member_tag; }

  void end(jit::Lowering& l, const jit::Node& root) const override;
  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  void fields(jit::Lowering& l, const StructType& type, jit::Place inner,
              jit::StructEvents& events) const override;
  jit::Scope open_list(jit::Lowering& l, const jit::Node& n, jit::Count& count) const override;
  void elements(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count, const std::function<void()>& body) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, jit::Count& count) const override;
  void entries(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
               const jit::Count& count, const std::function<void()>& key,
               const std::function<void()>& value) const override;

 protected:
  // The fields of a struct with braces and keys. `skips_type`: as Tables::keys.
  void keyed_fields(jit::Lowering& l, const StructType& type, jit::StructEvents& events,
                    bool skips_type) const;
  [[nodiscard]] const Dialect& options() const { return options_; }
  [[nodiscard]] Tables& tables() const { return tables_; }

 private:
  // The whole value by a helper. `inside`: behind the opening quote.
  void read_by_helper(jit::Lowering& l, const jit::Node& n, bool inside) const;
  void read_bool(jit::Lowering& l, const jit::Node& n) const;

  Dialect options_;
  mutable Tables tables_;  // one reader serves one compilation
};

}  // namespace wirejit::json
