// Where files are dropped or chosen.
import { type DragEvent, type ReactElement, useRef, useState } from "react";

import { useTexts } from "../i18n/texts";
import { Icon } from "./icons";

export const DropZone = ({ onFiles }: { onFiles: (files: readonly File[]) => void }): ReactElement => {
  const { text } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <div
      className={isOver ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Icon name="invoice" size={24} />
      <span>{text("invoicesDropHere")}</span>
      <button type="button" className="control primary" onClick={() => input.current?.click()}>
        {text("invoicesChoose")}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        className="hidden-text"
        tabIndex={-1}
        aria-label={text("invoicesChoose")}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </div>
  );
};
