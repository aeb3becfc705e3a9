/**
 * Builds the questionnaires as Google Forms. / アンケートを Google フォームとして作るスクリプト。
 *
 * 1. Open Google Apps Script and start a new project. / Google Apps Script を開き、新しいプロジェクトを作る。
 * 2. Put this whole text in the place of what is there, and save it. / 中身をこの文面にすべて置き換えて保存する。
 * 3. Choose buildForms and run it; allow it to make forms. / buildForms を選んで実行し、フォームの作成を許可する。
 * 4. The log lists each form: whom it goes to, when, where to edit it, where to answer it. Look each over before
 *    it goes out. / ログに、フォームごとの送る相手・時期・編集と回答のアドレスが出る。送る前に一つずつ確かめる。
 *
 * Forms that are anonymous collect no addresses; where your organisation asks everybody to sign in, turn that off for
 * them. / 匿名のフォームはアドレスを集めない。組織の設定でサインインが要る場合は、そのフォームでは外す。
 *
 * A second run makes the forms a second time. Answers need no declaration as long as titles, rows and choices stay
 * as they are. / もう一度実行すると、もう一組できる。質問・行・選択肢の言葉を変えないかぎり、回答はそのまま読める。
 */

// Names of the forms to build, as ["pulse"]; none: all. / 作るフォームの名前。空ならすべて作る。
const ONLY = [];

const FORMS = [];

function buildForms() {
  const wanted = FORMS.filter((form) => ONLY.length === 0 || ONLY.includes(form.name));
  for (const form of wanted) {
    const built = buildForm(form);
    const told = [form.title, form.who, ...form.when, built.getEditUrl(), built.getPublishedUrl()];
    Logger.log(told.join("\n"));
  }
}

function buildForm(form) {
  const built = FormApp.create(form.title)
    .setDescription(form.introduction.join("\n"))
    .setCollectEmail(!form.anonymous);
  for (const item of form.items) {
    for (const guide of item.guides) {
      built.addSectionHeaderItem().setTitle(guide.title).setHelpText(guide.lines.join("\n"));
    }
    ADD[item.kind](built, item).setTitle(item.title).setHelpText(item.hint).setRequired(item.required);
  }
  return built;
}

const ADD = {
  grid: (form, item) => form.addGridItem().setRows(item.rows).setColumns(item.choices),
  choice: (form, item) => form.addMultipleChoiceItem().setChoiceValues(item.choices),
  list: (form, item) => form.addListItem().setChoiceValues(item.choices),
  checkboxes: (form, item) => form.addCheckboxItem().setChoiceValues(item.choices).showOtherOption(item.other),
  number: (form) => form.addTextItem().setValidation(numberFromZero()),
  short: (form) => form.addTextItem(),
  long: (form) => form.addParagraphTextItem(),
};

function numberFromZero() {
  return FormApp.createTextValidation().requireNumberGreaterThanOrEqualTo(0).build();
}
