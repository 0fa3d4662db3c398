use idos_grants::{
    Account, Address, Purpose, Status,
    status::{LIST_SIZE, WORD_SIZE, Word},
};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use crate::{
    error::MirrorError,
    reader::MirrorReader,
    rows::{STATE_COLUMNS, STATE_WIDTH, contract_state, number},
    status::MirroredStatus,
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

    /// The words of a list that the issuer ever wrote, in their order: at most 512. All others are zero.
    pub async fn status_words(
        &self,
        contract: &Account,
        issuer: &Address,
        list: u32,
        purpose: Purpose,
    ) -> Result<Vec<(u16, Word)>, MirrorError> {
        let rows = sqlx::query(
            "SELECT w.word_index, w.word FROM mirror_words w JOIN mirror_contracts c ON c.id = w.contract_id \
             WHERE c.account = $1 AND w.issuer = $2 AND w.list = $3 AND w.purpose = $4 AND w.to_block IS NULL \
             ORDER BY w.word_index",
        )
        .bind(contract.to_string())
        .bind(issuer.to_string())
        .bind(i64::from(list))
        .bind(i64::from(purpose.code()))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(|row| Ok((word_index(row)?, word(row.try_get(1)?)?))).collect()
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

fn word_index(row: &AnyRow) -> Result<u16, MirrorError> {
    u16::try_from(number(row, 0, "word")?).map_err(|_| MirrorError::Malformed { what: "word" })
}

/// 64 hex digits.
pub(crate) fn word(text: &str) -> Result<Word, MirrorError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| MirrorError::Malformed { what: "word" })?;
    Ok(Word(bytes))
}
