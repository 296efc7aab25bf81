# Facets of XML schemas are read without effect.
struct Old xsd_all {
  1: i32 a xsd_optional
  2: string b = "x" xsd_nillable xsd_attrs { 1: i32 q; 2: string r } (kept = "yes"),
  3: i32 c xsd_optional xsd_nillable
}
union OldUnion xsd_all { 1: i32 a }
