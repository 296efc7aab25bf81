// JSON text as a Reader. Entry: TextReader. Invariant: every byte is checked to be within the input
// before it is read. Inline code handles compact text; helpers handle white space, escapes, other
// orders of keys, and errors.
#pragma once

#include "json/dialect.h"
#include "lower/reader.h"

#include <wirejit/json.h>

namespace wirejit::json {

class TextReader : public lower::Reader, private lower::NullReader {
 public:
  explicit TextReader(const Dialect& options) : options_(options) {}

  [[nodiscard]] bool checks_utf8(const Type& type) const override {
    return type.kind == Kind::string;
  }
  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {.bytes_at = lower::BytesAt::padded};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  [[nodiscard]] std::uint64_t unknown_tag() const override { return member_tag; }
  [[nodiscard]] const lower::NullReader* nulls() const override {
    return options_.nulls == Nulls::error ? nullptr : this;
  }

  void end(lower::Lowering& l, const lower::Node& root) const override;
  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void fields(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
              lower::StructEvents& events) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         lower::Count& count) const override;
  void elements(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count, const std::function<void()>& body) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        lower::Count& count) const override;
  void entries(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
               const lower::Count& count, const std::function<void()>& key,
               const std::function<void()>& value) const override;

 protected:
  // Reads the fields of a struct with braces and keys. `skips_type`: as in struct_keys.
  void keyed_fields(lower::Lowering& l, const StructType& type, lower::StructEvents& events,
                    bool skips_type) const;
  [[nodiscard]] const Dialect& options() const { return options_; }

 private:
  [[nodiscard]] Rule null_rule() const override {
    return options_.nulls == Nulls::drop ? Rule::drop : Rule::zero;
  }
  void branch_null(lower::Lowering& l, const lower::Node& n, jit::Label null) const override;
  [[nodiscard]] bool is_raw_text(const Type& type) const {
    return type.kind == Kind::string ||
           (type.kind == Kind::binary && options_.binary == Binary::raw);
  }
  [[nodiscard]] const jit::Helper& helper_of(const lower::Node& n, bool inside) const;
  // Reads the value by a helper. `inside`: the cursor is after the opening quote.
  void read_by_helper(lower::Lowering& l, const lower::Node& n, bool inside) const;
  void read_bool(lower::Lowering& l, const lower::Node& n) const;

  Dialect options_;
};

}  // namespace wirejit::json
