// ProtoJSON as a Writer. Entry: ProtoWriter. Invariant: the key, comma and line around a value are
// written by the code that opens and closes it, so that one routine of a struct with a Semantic
// serves all places; the fields of such a struct may be written in any order, and absent ones count
// as zero.
#pragma once

#include "json/any.h"
#include "json/writer.h"

namespace wirejit::json {

class ProtoWriter final : public TextWriter {
 public:
  // `payload`: from and to which format the content of an Any is converted.
  ProtoWriter(const Dialect& dialect, const lower::CompileOptions& compile,
              lower::FormatPair payload);

  [[nodiscard]] lower::Needs needs() const override;
  void begin(lower::Lowering& l, const lower::Node& root) const override;
  void end(lower::Lowering& l, const lower::Node& root) const override;
  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n, lower::BytesAt at) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void begin_fields(lower::Lowering& l, const StructType& type,
                    lower::StructScope& inner) const override;
  void end_fields(lower::Lowering& l, const StructType& type,
                  const lower::StructScope& inner) const override;
  void close_struct(lower::Lowering& l, const lower::Node& n,
                    const lower::Scope& scope) const override;
  [[nodiscard]] bool needs_absent(const StructType& type, const lower::StructScope& inner,
                                  int index) const override;
  void absent(lower::Lowering& l, const lower::Node& n,
              const lower::AbsentIsZero& is_zero) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         const lower::Count& count) const override;
  void close_list(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                  const lower::Count& count) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        const lower::Count& count) const override;
  void close_map(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;

 private:
  [[nodiscard]] bool omits_zero(const lower::Node& n) const;
  void put(lower::Lowering& l, std::string_view bytes) const;
  void null_value(lower::Lowering& l, const lower::Node& n) const;
  // If n is a member of a oneof, fails if another member was written before.
  void check_oneof(lower::Lowering& l, const lower::Node& n) const;
  lower::Scope mark(lower::Lowering& l) const;
  void close_unless_empty(lower::Lowering& l, const lower::Scope& scope, const lower::Count& count,
                          const std::function<void()>& close) const;
  const AnyCodec* any_codec(lower::Lowering& l) const;

  std::shared_ptr<const lower::FormatPair> payload_;
};

}  // namespace wirejit::json
