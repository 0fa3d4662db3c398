//! Rust values as the contracts take and give them: [`ScVal`].

use stellar_xdr::{BytesM, ScBytes, ScMap, ScMapEntry, ScSymbol, ScVal, ScVec, StringM, UInt128Parts, VecM};

/// Why a value cannot be read or written. The contracts of this version never answer with such a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Another type, or out of its range.
    #[error("a contract's value is not {0}")]
    Unexpected(&'static str),
    /// More than XDR can hold.
    #[error("a value is too long for XDR")]
    TooLong,
}

/// A type that crosses the border of a contract.
pub trait Value: Sized {
    /// As a contract takes it.
    fn to_val(&self) -> Result<ScVal, ValueError>;
    /// As a contract gives it: exactly so, and nothing besides.
    fn from_val(val: &ScVal) -> Result<Self, ValueError>;
}

impl Value for () {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        Ok(ScVal::Void)
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        if *val == ScVal::Void { Ok(()) } else { Err(ValueError::Unexpected("nothing")) }
    }
}

impl Value for bool {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        Ok(ScVal::Bool(*self))
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        if let ScVal::Bool(value) = val { Ok(*value) } else { Err(ValueError::Unexpected("a bool")) }
    }
}

impl Value for u32 {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        Ok(ScVal::U32(*self))
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        if let ScVal::U32(value) = val { Ok(*value) } else { Err(ValueError::Unexpected("a u32")) }
    }
}

/// Travels as `u32`, which is the least that contracts have.
impl Value for u16 {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        u32::from(*self).to_val()
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        u32::from_val(val)?.try_into().map_err(|_| ValueError::Unexpected("below 65,536"))
    }
}

impl Value for u64 {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        Ok(ScVal::U64(*self))
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        if let ScVal::U64(value) = val { Ok(*value) } else { Err(ValueError::Unexpected("a u64")) }
    }
}

impl Value for u128 {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        Ok(ScVal::U128(UInt128Parts { hi: (self >> 64) as u64, lo: *self as u64 }))
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        match val {
            ScVal::U128(parts) => Ok(Self::from(parts.hi) << 64 | Self::from(parts.lo)),
            _ => Err(ValueError::Unexpected("a u128")),
        }
    }
}

impl<const N: usize> Value for [u8; N] {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        bytes(self)
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        match val {
            ScVal::Bytes(bytes) => {
                bytes.as_slice().try_into().map_err(|_| ValueError::Unexpected("bytes of its length"))
            }
            _ => Err(ValueError::Unexpected("bytes")),
        }
    }
}

/// Bytes of any length. (`Vec<u8>` would be a list of numbers.)
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl Value for Bytes {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        bytes(&self.0)
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        match val {
            ScVal::Bytes(bytes) => Ok(Self(bytes.to_vec())),
            _ => Err(ValueError::Unexpected("bytes")),
        }
    }
}

impl<T: Value> Value for Option<T> {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        self.as_ref().map_or(Ok(ScVal::Void), T::to_val)
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        if *val == ScVal::Void { Ok(None) } else { T::from_val(val).map(Some) }
    }
}

impl<T: Value> Value for Vec<T> {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        list(self.iter().map(T::to_val).collect::<Result<_, _>>()?)
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        items(val)?.iter().map(T::from_val).collect()
    }
}

/// A symbol: a name of a function, an event, a field or a variant.
pub(crate) fn symbol(name: &str) -> Result<ScSymbol, ValueError> {
    StringM::try_from(name).map(ScSymbol).map_err(|_| ValueError::TooLong)
}

pub(crate) fn bytes(bytes: &[u8]) -> Result<ScVal, ValueError> {
    BytesM::try_from(bytes).map(|bytes| ScVal::Bytes(ScBytes(bytes))).map_err(|_| ValueError::TooLong)
}

pub(crate) fn list(items: Vec<ScVal>) -> Result<ScVal, ValueError> {
    VecM::try_from(items).map(|items| ScVal::Vec(Some(ScVec(items)))).map_err(|_| ValueError::TooLong)
}

pub(crate) fn items(val: &ScVal) -> Result<&[ScVal], ValueError> {
    match val {
        ScVal::Vec(Some(items)) => Ok(items.as_slice()),
        _ => Err(ValueError::Unexpected("a list")),
    }
}

/// A variant of an enum with what it holds.
pub(crate) fn variant(name: &str, held: Vec<ScVal>) -> Result<ScVal, ValueError> {
    list(std::iter::once(ScVal::Symbol(symbol(name)?)).chain(held).collect())
}

/// The name of a variant, and what it holds.
pub(crate) fn variant_of(val: &ScVal) -> Result<(&[u8], &[ScVal]), ValueError> {
    match items(val)? {
        [ScVal::Symbol(name), held @ ..] => Ok((name.as_slice(), held)),
        _ => Err(ValueError::Unexpected("a variant")),
    }
}

/// A struct: its fields by name, in the order of their names.
pub(crate) fn structure(mut fields: Vec<(&str, ScVal)>) -> Result<ScVal, ValueError> {
    fields.sort_by_key(|(name, _)| *name);
    let entry = |(name, val)| symbol(name).map(|name| ScMapEntry { key: ScVal::Symbol(name), val });
    let entries: Vec<ScMapEntry> = fields.into_iter().map(entry).collect::<Result<_, _>>()?;
    VecM::try_from(entries).map(|entries| ScVal::Map(Some(ScMap(entries)))).map_err(|_| ValueError::TooLong)
}

/// The fields of a struct, to be taken by name.
pub(crate) struct Fields<'a>(&'a [ScMapEntry]);

impl<'a> Fields<'a> {
    /// A struct with this many fields.
    pub fn of(val: &'a ScVal, count: usize) -> Result<Self, ValueError> {
        match val {
            ScVal::Map(Some(entries)) if entries.len() == count => Ok(Self(entries.as_slice())),
            _ => Err(ValueError::Unexpected("a struct with its fields")),
        }
    }

    pub fn read<T: Value>(&self, name: &str) -> Result<T, ValueError> {
        let is_named = |entry: &&ScMapEntry| matches!(&entry.key, ScVal::Symbol(key) if key.as_slice() == name.as_bytes());
        let entry = self.0.iter().find(is_named).ok_or(ValueError::Unexpected("a struct with its fields"))?;
        T::from_val(&entry.val)
    }
}

/// Makes a [`Value`] of a struct by its fields.
macro_rules! structure_value {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::value::Value for $name {
            fn to_val(&self) -> Result<stellar_xdr::ScVal, $crate::value::ValueError> {
                $crate::value::structure(vec![$((stringify!($field), self.$field.to_val()?)),+])
            }

            fn from_val(val: &stellar_xdr::ScVal) -> Result<Self, $crate::value::ValueError> {
                let fields = $crate::value::Fields::of(val, [$(stringify!($field)),+].len())?;
                Ok(Self { $($field: fields.read(stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use structure_value;

/// Makes a [`Value`] of an enum whose variants are numbers.
macro_rules! number_value {
    ($name:ident { $($variant:ident = $number:literal),+ $(,)? }) => {
        impl $crate::value::Value for $name {
            fn to_val(&self) -> Result<stellar_xdr::ScVal, $crate::value::ValueError> {
                Ok(stellar_xdr::ScVal::U32(*self as u32))
            }

            fn from_val(val: &stellar_xdr::ScVal) -> Result<Self, $crate::value::ValueError> {
                match u32::from_val(val)? {
                    $($number => Ok(Self::$variant),)+
                    _ => Err($crate::value::ValueError::Unexpected(concat!("a ", stringify!($name)))),
                }
            }
        }
    };
}
pub(crate) use number_value;
