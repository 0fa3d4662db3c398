use idos_grants::{
    Account, Address, Purpose, Status,
    status::{LIST_SIZE, WORD_SIZE, Word},
};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use crate::{
    error::MirrorError,
    reader::MirrorReader,
    rows::{STATE_COLUMNS, STATE_WIDTH, contract_state, optional_number},
    status::{MirroredList, MirroredStatus},
};

impl MirrorReader {
    /// What `issuer` says of position `index` (below [`LIST_SIZE`]) of its `list`. `None` if no such contract is
    /// mirrored.
    pub async fn status_of(
        &self,
        contract: &Account,
        issuer: &Address,
        list: u32,
        index: u32,
    ) -> Result<Option<MirroredStatus>, MirrorError> {
        if index >= LIST_SIZE {
            return Err(MirrorError::OutOfRange { what: "position in a status list", value: index.into() });
        }
        let row = sqlx::query(AssertSqlSafe(status_sql()))
            .bind(contract.to_string())
            .bind(issuer.to_string())
            .bind(i64::from(list))
            .bind(i64::from(index / WORD_SIZE))
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(|row| mirrored_status(row, index)).transpose()
    }

    /// A list for one purpose: the words that the issuer ever wrote, read in one statement with how far the contract is mirrored. `None` if no such
    /// contract is mirrored.
    pub async fn status_list(
        &self,
        contract: &Account,
        issuer: &Address,
        list: u32,
        purpose: Purpose,
    ) -> Result<Option<MirroredList>, MirrorError> {
        let rows = sqlx::query(AssertSqlSafe(list_sql()))
            .bind(contract.to_string())
            .bind(issuer.to_string())
            .bind(i64::from(list))
            .bind(i64::from(purpose.code()))
            .fetch_all(self.pool())
            .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let contract = contract_state(first)?;
        let words = rows.iter().filter_map(|row| list_word(row).transpose()).collect::<Result<_, _>>()?;
        Ok(Some(MirroredList { words, contract }))
    }
}

fn status_sql() -> String {
    let join = |name: &str, purpose: Purpose| {
        format!(
            "LEFT JOIN mirror_words {name} ON {name}.contract_id = c.id AND {name}.issuer = $2 AND {name}.list = $3 \
             AND {name}.word_index = $4 AND {name}.purpose = {} AND {name}.to_block IS NULL",
            purpose.code()
        )
    };
    let (revoked, suspended) = (join("r", Purpose::Revocation), join("s", Purpose::Suspension));
    format!(
        "SELECT {STATE_COLUMNS}, r.word, s.word FROM mirror_contracts c {revoked} {suspended} \
         WHERE c.account = $1 AND c.kind = 'credential_status'"
    )
}

fn list_sql() -> String {
    format!(
        "SELECT {STATE_COLUMNS}, w.word_index, w.word FROM mirror_contracts c \
         LEFT JOIN mirror_words w ON w.contract_id = c.id AND w.issuer = $2 AND w.list = $3 AND w.purpose = $4 \
         AND w.to_block IS NULL WHERE c.account = $1 AND c.kind = 'credential_status' ORDER BY w.word_index"
    )
}

fn mirrored_status(row: &AnyRow, index: u32) -> Result<MirroredStatus, MirrorError> {
    let bit = |column| {
        let text: Option<&str> = row.try_get(column)?;
        text.map_or(Ok(false), |text| Ok::<_, MirrorError>(word(text)?.bit(index)))
    };
    let status = match (bit(STATE_WIDTH)?, bit(STATE_WIDTH + 1)?) {
        (true, _) => Status::Revoked,
        (false, true) => Status::Suspended,
        (false, false) => Status::Valid,
    };
    Ok(MirroredStatus { status, contract: contract_state(row)? })
}

/// A contract whose list holds nothing is one row without a word.
fn list_word(row: &AnyRow) -> Result<Option<(u16, Word)>, MirrorError> {
    let Some(index) = optional_number(row, STATE_WIDTH, "word")? else { return Ok(None) };
    let index = u16::try_from(index).map_err(|_| MirrorError::Malformed { what: "word" })?;
    Ok(Some((index, word(row.try_get(STATE_WIDTH + 1)?)?)))
}

/// 64 hex digits.
pub(crate) fn word(text: &str) -> Result<Word, MirrorError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| MirrorError::Malformed { what: "word" })?;
    Ok(Word(bytes))
}
