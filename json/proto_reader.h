// ProtoJSON as a Reader. Entry: ProtoReader. Invariant: the text of a struct with a Semantic is
// parsed into the struct's fields, which the writer gets in the order of the schema, as of any
// other struct.
#pragma once

#include "json/any.h"
#include "json/reader.h"
#include "lower/type_category.h"

namespace wirejit::json {

class ProtoReader final : public TextReader {
 public:
  // `payload`: from and to which format the content of an Any is converted.
  ProtoReader(const Dialect& dialect, lower::FormatPair payload);

  [[nodiscard]] lower::Guarantees guarantees() const override;
  [[nodiscard]] bool absent_is_zero(const StructType& type, int index) const override {
    return lower::is_implicit(type, type.fields[static_cast<std::size_t>(index)]);
  }
  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void begin_fields(lower::Lowering& l, const StructType& type,
                    lower::StructScope& inner) const override;
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

 private:
  void time_fields(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
                   lower::StructEvents& events) const;
  void mask_fields(lower::Lowering& l, const lower::StructScope& inner,
                   lower::StructEvents& events) const;
  void any_fields(lower::Lowering& l, const lower::StructScope& inner,
                  lower::StructEvents& events) const;
  void value_fields(lower::Lowering& l, const StructType& type, lower::StructEvents& events) const;
  void wrapper_fields(lower::Lowering& l, lower::StructEvents& events, bool is_root) const;
  void only_field(lower::Lowering& l, lower::StructEvents& events) const;
  void paths(lower::Lowering& l, const lower::StructScope& inner,
             const std::function<void()>& body) const;
  // The enum whose unknown values are skipped in a container of that type, or null.
  const EnumNames* droppable(lower::Lowering& l, const Type& element) const;
  const AnyCodec* any_codec(lower::Lowering& l) const;

  std::shared_ptr<const lower::FormatPair> payload_;
};

}  // namespace wirejit::json
