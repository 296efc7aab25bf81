php_namespace foo
senum Old { "a" }
struct S { 1: slist a }
include "late.thrift"
