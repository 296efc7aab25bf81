// SchemaBuilder: makes the parts of a new schema for callers to fill in, then checks and freezes
// them. Entry: SchemaBuilder::build. Invariant: parts are in deques, so references to them stay
// valid.
#include <wirejit/schema.h>

#include "core/schema_data.h"

#include <new>
#include <utility>

namespace wirejit {
namespace {

std::unique_ptr<Schema::Data> fresh_data() {
  auto data = std::make_unique<Schema::Data>();
  for (std::size_t k = 0; k < core::kind_count; ++k) {
    const Kind kind = static_cast<Kind>(k);
    if (kind >= Kind::enumeration) {
      break;
    }
    Type t;
    t.kind = kind;
    data->bases[k] = &data->types.add(std::move(t));
  }
  return data;
}

template <class T>
T& add_to_document(Schema::Data& data, std::deque<T>& all, std::vector<const T*> Document::* list,
                   std::string name) {
  T& item = all.emplace_back();
  item.name = std::move(name);
  if (data.documents.empty()) {
    data.documents.emplace_back();
  }
  Document& document = data.documents.back();
  (document.*list).push_back(&item);
  item.full_name = document.name.empty() ? item.name : document.name + "." + item.name;
  return item;
}

template <class T>
void add_names(core::NameTable<T>& table, const Document& document,
               std::vector<const T*> Document::* list, bool main) {
  for (const T* item : document.*list) {
    table.add(item->full_name, item, main);
    if (item->name != item->full_name) {
      table.add(item->name, item, main);
    }
  }
}

void index_all(Schema::Data& d) {
  for (StructType& s : d.structs) {
    for (Field& f : s.fields) {
      if (f.json_name.empty()) {
        f.json_name = f.name;
      }
    }
    s.index();
  }
  for (EnumType& e : d.enums) {
    e.index();
  }
  d.types.freeze();
  bool main = true;
  for (const Document& document : d.documents) {
    add_names(d.struct_names, document, &Document::structs, main);
    add_names(d.enum_names, document, &Document::enums, main);
    add_names(d.typedef_names, document, &Document::typedefs, main);
    add_names(d.constant_names, document, &Document::constants, main);
    add_names(d.service_names, document, &Document::services, main);
    main = false;
  }
  for (const StructType* s : d.hidden) {
    d.struct_names.add(s->full_name, s, false);
  }
  d.struct_names.freeze();
  d.enum_names.freeze();
  d.typedef_names.freeze();
  d.constant_names.freeze();
  d.service_names.freeze();
}

}  // namespace

SchemaBuilder::SchemaBuilder() : data_(fresh_data()) {}
SchemaBuilder::SchemaBuilder(SchemaBuilder&&) noexcept = default;
SchemaBuilder& SchemaBuilder::operator=(SchemaBuilder&&) noexcept = default;
SchemaBuilder::~SchemaBuilder() = default;

Document& SchemaBuilder::add_document(std::string name, std::string path) {
  Document& d = data_->documents.emplace_back();
  d.name = std::move(name);
  d.path = std::move(path);
  return d;
}

StructType& SchemaBuilder::add_struct(std::string name, StructFlavor flavor) {
  StructType& s = add_to_document(*data_, data_->structs, &Document::structs, std::move(name));
  s.flavor = flavor;
  return s;
}
StructType& SchemaBuilder::add_hidden_struct(std::string name, std::string full_name) {
  StructType& s = data_->structs.emplace_back();
  data_->hidden.push_back(&s);
  s.name = std::move(name);
  s.full_name = std::move(full_name);
  return s;
}
EnumType& SchemaBuilder::add_enum(std::string name) {
  return add_to_document(*data_, data_->enums, &Document::enums, std::move(name));
}
Typedef& SchemaBuilder::add_typedef(std::string name) {
  return add_to_document(*data_, data_->typedefs, &Document::typedefs, std::move(name));
}
Constant& SchemaBuilder::add_constant(std::string name) {
  return add_to_document(*data_, data_->constants, &Document::constants, std::move(name));
}
Service& SchemaBuilder::add_service(std::string name) {
  return add_to_document(*data_, data_->services, &Document::services, std::move(name));
}

const Type* SchemaBuilder::base(Kind kind, Wire wire) {
  const Type* plain = data_->bases[static_cast<std::size_t>(kind)];
  if (wire == Wire::standard || !plain) {
    return plain;
  }
  const Type*& slot = data_->wired[static_cast<std::size_t>(kind) * core::wire_count +
                                   static_cast<std::size_t>(wire)];
  if (!slot) {
    Type t;
    t.kind = kind;
    t.wire = wire;
    slot = &data_->types.add(std::move(t));
  }
  return slot;
}
const Type* SchemaBuilder::list_of(const Type* element) {
  return data_->types.container(Kind::list, element, nullptr);
}
const Type* SchemaBuilder::set_of(const Type* element) {
  return data_->types.container(Kind::set, element, nullptr);
}
const Type* SchemaBuilder::map_of(const Type* key, const Type* value) {
  return data_->types.container(Kind::map, key, value);
}

const Type* SchemaBuilder::of(const StructType& s, Wire wire) {
  const Type*& slot =
      wire == Wire::standard ? data_->canonical[&s] : data_->wired_structs[{&s, wire}];
  if (!slot) {
    Type t;
    t.kind = Kind::structure;
    t.wire = wire;
    t.structure = &s;
    slot = &data_->types.add(std::move(t));
  }
  return slot;
}
const Type* SchemaBuilder::of(const EnumType& e) {
  const Type*& slot = data_->canonical[&e];
  if (!slot) {
    Type t;
    t.kind = Kind::enumeration;
    t.enumeration = &e;
    slot = &data_->types.add(std::move(t));
  }
  return slot;
}

Type& SchemaBuilder::variant_of(const Type& t) { return data_->types.add(Type(t)); }

Result<Schema> SchemaBuilder::build() {
  if (!data_) {
    return std::unexpected(Error(Errc::schema_invalid, "the builder is empty"));
  }
  try {
    if (data_->documents.empty()) {
      data_->documents.emplace_back();
    }
    for (const StructType& s : data_->structs) {
      of(s);
    }
    for (const EnumType& e : data_->enums) {
      of(e);
    }
    std::unique_ptr<Schema::Data> data = std::exchange(data_, fresh_data());
    index_all(*data);
    if (std::string problem = core::check_schema(*data); !problem.empty()) {
      return std::unexpected(Error(Errc::schema_invalid, std::move(problem)));
    }
    return Schema(std::shared_ptr<const Schema::Data>(std::move(data)));
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

}  // namespace wirejit
